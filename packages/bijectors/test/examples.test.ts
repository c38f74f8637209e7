import * as tf from "@tensorflow/tfjs-core";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as bijectors from "../src/index.js";

testDocExamples(new URL("../src", import.meta.url), { ...bijectors, tf }, 11);
