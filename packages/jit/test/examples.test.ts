import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { testDocExamples } from "../../../test/doc-examples.js";
import * as igrJit from "../src/index.js";

testDocExamples(new URL("../src", import.meta.url), { ...igrJit, tf, layers }, 4);
