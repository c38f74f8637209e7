import { checkIndices } from "@igr/tensors";
import { bestMatching } from "./best-matching.js";

/** How well a model's unsupervised categories predict the labels of images. */
export interface CategoryAccuracy {
  /** Share of images whose category is the one matched to their label; standard error sqrt(p (1 - p) / images). */
  readonly accuracy: number;
  /**
   * The category matched to each label, in the matching with the largest accuracy; undefined for a label that has no
   * category or no images.
   */
  readonly matching: readonly (number | undefined)[];
  /** Categories that at least one image has. */
  readonly usedCategories: number;
}

/**
 * The accuracy of discrete latents as a classifier, after the best one-to-one matching of categories and labels (Dupont
 * 2018). If there are more categories than labels, images in unmatched categories count as wrong.
 *
 * @param categories The category of each image, an integer >= 0.
 * @param labels The label of each image, an integer >= 0.
 * @throws RangeError if there is no image, the lists differ in length, or a number is not an integer >= 0.
 *
 * @example
 * ```ts
 * categoryAccuracy([2, 2, 0, 1], [0, 0, 1, 1]).accuracy; // 0.75
 * ```
 */
export function categoryAccuracy(categories: ArrayLike<number>, labels: ArrayLike<number>): CategoryAccuracy {
  const images = labels.length;
  if (images === 0 || categories.length !== images) {
    throw new RangeError(
      `categoryAccuracy: categories and labels must be lists of one length >= 1, got ${categories.length} and ${images}`,
    );
  }
  checkIndices("categoryAccuracy", "categories", categories);
  checkIndices("categoryAccuracy", "labels", labels);
  const size = (values: ArrayLike<number>) => 1 + Array.from(values).reduce((most, value) => Math.max(most, value), 0);
  const categoryCount = size(categories);
  // Only labels that occur are used, so labels may be arbitrarily large numbers.
  const seen = [...new Set(Array.from(labels))];
  const rowOf = new Map(seen.map((label, row) => [label, row]));
  // Padding with empty columns: every label needs a column.
  const columns = Math.max(seen.length, categoryCount);
  const counts = seen.map(() => new Array<number>(columns).fill(0));
  for (let image = 0; image < images; image++) counts[rowOf.get(labels[image]!)!]![categories[image]!]! += 1;
  const columnOf = bestMatching(counts);
  const right = columnOf.reduce((sum, column, row) => sum + counts[row]![column]!, 0);
  const matching = new Array<number | undefined>(size(labels)).fill(undefined);
  for (const [row, label] of seen.entries()) {
    matching[label] = columnOf[row]! < categoryCount ? columnOf[row] : undefined;
  }
  return { accuracy: right / images, matching, usedCategories: new Set(Array.from(categories)).size };
}
