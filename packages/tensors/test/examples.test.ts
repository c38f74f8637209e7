import * as tf from "@tensorflow/tfjs-core";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as tensors from "../src/index.js";

testDocExamples(new URL("../src", import.meta.url), { ...tensors, tf }, 3);
