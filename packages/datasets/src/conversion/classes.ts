import { DatasetError } from "../dataset-error.js";
import { type Labels, labelsOf } from "../labels.js";

/** Folders and pictures of an origin, by their paths in it. */
export interface Paths {
  readonly folders: readonly string[];
  readonly names: readonly string[];
}

/** The label of each picture, and the names of the labels. */
export interface Classes {
  readonly labels: Labels;
  readonly classNames: readonly string[];
}

/** Options of {@link folderClasses}. */
export interface FolderClassesOptions {
  /** The loader's name, for errors. */
  readonly owner: string;
  /** The archive or folder, for errors. */
  readonly origin: string;
  /** See `ImageFolderOptions.classNames`. */
  readonly classNames?: readonly string[] | undefined;
}

/**
 * Classes by the folders of an origin: labels count their sorted names, as torchvision's ImageFolder does, or `classNames`. A folder that
 * contains nothing but all other folders is skipped. Without folders there are no classes, and all labels are 0.
 *
 * @throws DatasetError `empty-class` if a folder has no pictures, `wrong-shape` if pictures lie beside folders.
 * @throws RangeError if `classNames` misses a folder.
 */
export function folderClasses(paths: Paths, options: FolderClassesOptions): Classes {
  const { origin, classNames } = options;
  const root = wrapperOf(paths, classNames);
  const folders = childrenOf(paths.folders, root);
  const loose = paths.names.find((name) => !name.slice(root.length).includes("/"));
  if (loose !== undefined && folders.length > 0) {
    const expected = "one folder per class, or no folders";
    throw new DatasetError({ reason: "wrong-shape", file: origin, expected, found: `${loose} beside folders` });
  }
  const classOf = (name: string) => name.slice(root.length, name.indexOf("/", root.length));
  if (classNames !== undefined) {
    checkClassNames(classNames, folders, options);
    return numbered(paths.names.map(classOf), classNames);
  }
  if (folders.length === 0) return { labels: new Uint8Array(paths.names.length), classNames: [] };
  const classes = paths.names.map(classOf);
  checkNotEmpty(folders, classes, origin);
  return numbered(classes, folders);
}

/** The label of each picture is the position of its class. */
export function numbered(classes: readonly string[], classNames: readonly string[]): Classes {
  const positions = new Map(classNames.map((name, label) => [name, label]));
  const labels = labelsOf(
    classes.map((name) => positions.get(name) as number),
    classNames.length,
  );
  return { labels, classNames };
}

/** @throws DatasetError `empty-class` naming the folders without pictures. If such folders were skipped, later classes would get other labels. */
export function checkNotEmpty(folders: readonly string[], classes: readonly string[], origin: string): void {
  const present = new Set(classes);
  const empty = folders.filter((folder) => !present.has(folder));
  if (empty.length === 0) return;
  throw new DatasetError({
    reason: "empty-class",
    file: origin,
    expected: "JPEG, PNG or WebP pictures in the folder of each class",
    found: `none in ${empty.slice(0, 5).join(", ")}${empty.length > 5 ? ` and ${empty.length - 5} others` : ""}`,
    advice: "remove the folders, or number the classes yourself by classNames where a loader has that option",
  });
}

/** "pets/" if the top has nothing but the folder "pets", and that has nothing but folders; else "". */
function wrapperOf({ folders, names }: Paths, classNames: readonly string[] | undefined): string {
  let root = "";
  for (;;) {
    const children = childrenOf(folders, root);
    const [only] = children;
    if (only === undefined || children.length > 1 || classNames?.includes(only)) return root;
    const inside = `${root}${only}/`;
    const isLoose = (name: string) => !name.slice(inside.length).includes("/") || !name.startsWith(inside);
    if (childrenOf(folders, inside).length === 0 || names.some(isLoose)) return root;
    root = inside;
  }
}

/** Names of the folders directly in `root`. */
function childrenOf(folders: readonly string[], root: string): string[] {
  return folders
    .filter((folder) => folder.startsWith(root) && !folder.slice(root.length).includes("/"))
    .map((folder) => folder.slice(root.length))
    .sort();
}

function checkClassNames(
  classNames: readonly string[],
  folders: readonly string[],
  { owner, origin }: FolderClassesOptions,
): void {
  const refuse = (allowed: string, got: string) => new RangeError(`${owner}: classNames must ${allowed}, got ${got}`);
  const twice = classNames.find((name, i) => classNames.indexOf(name) !== i);
  if (twice !== undefined) throw refuse("name each class once", `${JSON.stringify(twice)} twice`);
  const missing = folders.find((folder) => !classNames.includes(folder));
  if (missing !== undefined) throw refuse(`have every folder of ${origin}`, `none called ${JSON.stringify(missing)}`);
  if (folders.length === 0) throw refuse(`be absent where ${origin} has no folders`, JSON.stringify(classNames));
}
