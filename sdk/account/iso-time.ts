/** A time in milliseconds since the epoch as ISO 8601: the plain form, which nothing but a test runs. */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}
