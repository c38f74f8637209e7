import { type Labels, labelsOf } from "../labels.js";

/** Classes by the folders of pictures: labels count the sorted names, as torchvision's ImageFolder does. */
export function classesOf(folders: readonly string[]): { readonly labels: Labels; readonly classNames: string[] } {
  const classNames = [...new Set(folders)].sort();
  const positions = new Map(classNames.map((name, label) => [name, label]));
  const labels = labelsOf(
    folders.map((folder) => positions.get(folder) as number),
    classNames.length,
  );
  return { labels, classNames };
}
