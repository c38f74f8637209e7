import { expect, test } from "vitest";
import { discreteVaeAuthors, discreteVaePaper } from "./presets.js";

test("the settings as the paper prints them, and those of the authors' program", () => {
  const common = {
    variables: 30,
    categories: 10,
    decoderHidden: [256, 512],
    batchSize: 64,
    learningRate: 1e-3,
    epochs: 100,
  };
  expect(discreteVaePaper()).toEqual({
    ...common,
    encoderHidden: [512, 256],
    binarize: "dynamic",
    decoderReceives: { igr: "z", gumbelSoftmax: "z" },
    igrPrior: "fitted",
  });
  expect(discreteVaeAuthors()).toEqual({
    ...common,
    encoderHidden: [784, 512, 256],
    binarize: "threshold",
    decoderReceives: { igr: "log softmax", gumbelSoftmax: "log z" },
    igrPrior: { loc: -2.08, scale: 1.72 },
  });
});
