import type { GroupResult } from "../study/study.js";

/**
 * Markdown of the pictures of a group's first finished run, linked at their location.
 * @param kept Folder of the kept runs, relative to the page.
 */
export function picturesOf({ group, runs }: GroupResult, kept: string): string[] {
  const record = runs.find(({ measures }) => measures !== undefined)?.record;
  const labels = Object.values(group.labels).join(", ");
  return (record?.pictures ?? []).flatMap(({ file, caption }) => [
    `![${labels}](${kept}/${record?.id}/${file})`,
    `*${labels}, [run ${record?.id}](${kept}/${record?.id}). ${caption}*`,
  ]);
}
