/** Returns what `action` prints with `console.log`: for a library that returns nothing. */
export function printedBy(action: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (text: string) => void lines.push(text);
  try {
    action();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}
