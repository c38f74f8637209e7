import { z } from "zod";

const count = z.int().min(1);

/** Data sets that the command supports by name. */
export const datasetNames = ["mnist", "fashion-mnist", "omniglot", "celeba", "folder"] as const;
export type DatasetName = (typeof datasetNames)[number];
/** How grey values are binarized; false: they stay grey. */
export const binarizations = ["dynamic", "static", "threshold"] as const;

const binarize = z
  .union([z.enum(binarizations), z.literal(false)])
  .describe("how grey values become 0 and 1: drawn anew each time, drawn once, cut at 1/2, or not at all (false)");
const trainImages = count.optional().describe("number of training images to use, from the first");
const testImages = count.min(32).optional().describe("number of test images to use, from the first");
const validation = z
  .int()
  .min(0)
  .describe("number of training images held out for choosing checkpoints, early stopping and selecting settings");
const splitSeed = z
  .int()
  .min(0)
  .default(0)
  .describe("seed of the choice of these images; equal for all runs that are compared");
const shared = { binarize, validation, splitSeed, trainImages, testImages };
const dir = z.string().min(1);

/** The images, and the split into training and validation images. */
export const dataSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("mnist"), ...shared }),
  z.strictObject({ name: z.literal("fashion-mnist"), ...shared }),
  z.strictObject({
    name: z.literal("omniglot"),
    dir: dir.describe("folder with the authors' archives, or with chardata.mat (--data-dir)"),
    partition: z.enum(["alphabets", "burda"]).default("burda").describe("which split into training and test images"),
    ...shared,
  }),
  z.strictObject({
    name: z.literal("celeba"),
    dir: dir.describe(
      "folder with img_align_celeba.zip and list_eval_partition.txt, as the authors publish them (--data-dir)",
    ),
    ...shared,
  }),
  z.strictObject({
    name: z.literal("folder"),
    dir: dir.describe(
      "folder with the folders train and test, which contain a folder of pictures for each class (--data-dir)",
    ),
    size: z.int().min(8).default(32).describe("side to which the pictures are resized"),
    channels: z
      .union([z.literal(1), z.literal(3)])
      .default(1)
      .describe("1: grey, 3: colours"),
    ...shared,
  }),
]);

export type DataConfiguration = z.infer<typeof dataSchema>;
