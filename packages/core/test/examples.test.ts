import * as bijectors from "@igr/bijectors";
import * as tf from "@tensorflow/tfjs-core";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as core from "../src/index.js";

testDocExamples(new URL("../src", import.meta.url), { ...bijectors, ...core, tf, Lorentzian: readersOwnClass() }, 11);

/** A class that an example takes as the reader's own. */
function readersOwnClass() {
  return class Lorentzian extends core.Normal {};
}
