/**
 * Names under which a tracker keeps a run: `base` for its first training, `base-2` and so on for a run that was deleted and is trained
 * anew, so that two trainings never mix. `latest` is the last one that is there, or `base`; `next` follows it.
 * @param names What is there.
 */
export function attempts(base: string, names: readonly string[]): { readonly latest: string; readonly next: string } {
  const numbers = names.flatMap((name) => {
    const number = name.startsWith(`${base}-`) ? name.slice(base.length + 1) : "";
    return /^[1-9]\d*$/.test(number) ? [Number(number)] : [];
  });
  const number = Math.max(1, ...numbers);
  return { latest: number === 1 ? base : `${base}-${number}`, next: `${base}-${number + 1}` };
}
