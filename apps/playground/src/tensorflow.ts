// The smallest tfjs that samples and differentiates: the core, its gradients, and the backend in plain JavaScript.
// tfjs-core's package leaves its gradients to the union package, which is four times as large.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
