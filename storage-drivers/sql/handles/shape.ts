/** Whether an object or a function has all of these methods. */
export function has(client: object, ...methods: string[]): boolean {
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === "function");
}
