/** Readable JSON, with each list of numbers on one line. */
export function indented(value: unknown): string {
  const numbers = /\[[-+\d.,e\s]+\]/g;
  return `${JSON.stringify(value, null, 2).replace(numbers, (list) => list.replace(/\s+/g, ""))}\n`;
}
