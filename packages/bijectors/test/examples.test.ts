import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as bijectors from "../src/index.js";
import * as layers from "../src/layers/index.js";

testDocExamples(new URL("../src", import.meta.url), { ...bijectors, ...layers, tf, tfl }, 11);
