import { z } from "zod";

/**
 * The shapes of a run's files, as far as commands depend on them: a file that another program or a damaged disk changed
 * is named before its contents are used. Unknown keys are allowed, so runs of a later version can be read.
 */

const count = z.int().min(0);
/** NaN and infinite numbers are allowed: a bound may be -Infinity. */
const numeric = z.union([z.number(), z.nan(), z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])]);

export const epochSchema = z.looseObject({ epoch: z.int().min(1), train: z.looseObject({ elbo: numeric }) });

export const measuresSchema = z.array(
  z.looseObject({
    epochs: count,
    measuredEpoch: count,
    stoppedEarly: z.boolean().optional(),
    values: z.record(
      z.string(),
      z.looseObject({
        value: numeric,
        unit: z.enum(["nats", "share", "count"]),
        blocks: z.array(numeric).optional(),
      }),
    ),
    distances: z
      .looseObject({ width: z.number(), untrained: z.array(z.number()), trained: z.array(z.number()) })
      .optional(),
  }),
);

export const picturesSchema = z.array(z.looseObject({ file: z.string(), caption: z.string() }));

export const environmentSchema = z.looseObject({
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number(),
  backend: z.string(),
  versions: z.record(z.string(), z.string()),
  seconds: z.number(),
});
