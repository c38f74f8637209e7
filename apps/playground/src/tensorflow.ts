// The smallest tfjs that samples and differentiates: the core, its gradients, and the backend in plain JavaScript.
// The package tfjs-core does not register its gradients; the union package does, but is four times as large.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
