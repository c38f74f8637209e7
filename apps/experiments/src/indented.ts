/** Readable JSON, with each list of numbers on one line; `replacer` as of `JSON.stringify`. */
export function indented(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  const numbers = /\[[-+\d.,e\s]+\]/g;
  return `${JSON.stringify(value, replacer, 2).replace(numbers, (list) => list.replace(/\s+/g, ""))}\n`;
}
