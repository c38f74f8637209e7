import * as tf from "@tensorflow/tfjs-core";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as igrJit from "../src/index.js";

testDocExamples(new URL("../src", import.meta.url), { ...igrJit, tf }, 3);
