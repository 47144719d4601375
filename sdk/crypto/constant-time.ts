/** Whether two hashes are equal, in the same time wherever they first differ. Their lengths are no secret. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] as number);
  return difference === 0;
}
