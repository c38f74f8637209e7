import "@tensorflow/tfjs-backend-cpu";
// Registers the gradients of all kernels.
import "@tensorflow/tfjs-layers";
import { useTestBackend } from "../../bijectors/test/backend.js";

await useTestBackend();
