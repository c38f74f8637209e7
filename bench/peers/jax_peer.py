"""JAX: one jitted training step, buffers donated, Adam written out (optax would compile to the same). On a GPU the batches
lie there before the first step."""
import os

from protocol import arguments, serve

args = arguments()
if args.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = args.device
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax, nn  # noqa: E402

import problem  # noqa: E402

# Products in float32, not in TensorFloat-32, which XLA takes on a GPU by default.
jax.config.update("jax_default_matmul_precision", "highest")


def softmax_plus_plus(y):
    scaled = y / problem.TEMPERATURE
    remainder = jnp.full_like(scaled[..., :1], jnp.log(problem.DELTA))
    return nn.softmax(jnp.concatenate([scaled, remainder], -1), -1)


def gaussian_kl(loc, log_scale):
    return (0.5 * (jnp.exp(2 * log_scale) + loc * loc - 1) - log_scale).sum()


def bernoulli(logits, x):
    return (nn.softplus(logits) - x * logits).sum()


def layer(w, x, i):
    return x @ w[2 * i] + w[2 * i + 1]


def dense_loss(w, x, noise):
    h = nn.relu(layer(w, nn.relu(layer(w, x, 0)), 1))
    loc, log_scale = jnp.split(layer(w, h, 2).reshape(-1, 30, 18), 2, -1)
    z = softmax_plus_plus(loc + jnp.exp(log_scale) * noise)
    h = nn.relu(layer(w, nn.relu(layer(w, z.reshape(-1, 300), 3)), 4))
    return (bernoulli(layer(w, h, 5), x) + gaussian_kl(loc, log_scale)) / x.shape[0]


def conv_loss(w, x, noise):
    layout = ("NHWC", "HWIO", "NHWC")
    h = x
    for i in range(3):
        h = nn.relu(lax.conv_general_dilated(h, w[2 * i], (2, 2), "SAME", dimension_numbers=layout) + w[2 * i + 1])
    parameters = layer(w, nn.relu(layer(w, h.reshape(h.shape[0], -1), 3)), 4)
    mean, log_sigma, loc, log_scale = jnp.split(parameters, [10, 20, 29], -1)
    continuous = mean + jnp.exp(log_sigma) * noise[:, :10]
    z = jnp.concatenate([continuous, softmax_plus_plus(loc + jnp.exp(log_scale) * noise[:, 10:])], -1)
    h = nn.relu(layer(w, nn.relu(layer(w, z, 5)), 6)).reshape(-1, 4, 4, 64)
    for i in range(7, 10):
        h = lax.conv_transpose(h, w[2 * i], (2, 2), "SAME", dimension_numbers=layout, transpose_kernel=True) + w[2 * i + 1]
        h = nn.relu(h) if i < 9 else h
    batch = x.shape[0]
    kl = jnp.abs(gaussian_kl(mean, log_sigma) / batch - problem.CAPACITY)
    kl += jnp.abs(gaussian_kl(loc, log_scale) / batch - problem.CAPACITY)
    return bernoulli(h, x) / batch + problem.GAMMA * kl


def build():
    dense = args.model == "dense"
    loss = dense_loss if dense else conv_loss
    rate = problem.DENSE_RATE if dense else problem.CONV_RATE
    weights = [jnp.asarray(a) for a in (problem.dense_weights() if dense else problem.conv_weights())]
    batches = problem.dense_batches(args.batch) if dense else problem.conv_batches(args.batch)
    if args.device != "cpu":
        batches = [jax.device_put(batch) for batch in batches]
    zeros = [jnp.zeros_like(a) for a in weights]

    def train(state, x, noise):
        w, m, v, t = state
        value, gradients = jax.value_and_grad(loss)(w, x, noise)
        t = t + 1
        m = [0.9 * a + 0.1 * g for a, g in zip(m, gradients)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, gradients)]
        scale, correction = rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
        w = [p - scale * a / (jnp.sqrt(b * correction) + 1e-7) for p, a, b in zip(w, m, v)]
        return (w, m, v, t), value

    train = jax.jit(train, donate_argnums=0)
    state = (weights, zeros, [z.copy() for z in zeros], jnp.float32(0))

    def step(k):
        nonlocal state
        state, value = train(state, *batches[k % len(batches)])
        jax.block_until_ready(state)
        return float(value)

    return step


serve({"jax": jax.__version__}, {"JAX jit": build})
