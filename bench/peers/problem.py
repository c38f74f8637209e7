"""The two training problems, as numbers every framework starts from: weights, images, noise.

Nothing here depends on a random generator of one library: `hash_uniform` is an integer hash (lowbias32), so that the
Python and JavaScript programs start from the same float32 weights and print the same losses.
"""
import numpy as np

DENSE_LAYERS = [(784, 512), (512, 256), (256, 540), (300, 256), (256, 512), (512, 784)]
# Kernels of tf.conv2d (height, width, in, out) and tf.conv2dTranspose (height, width, out, in); biases have `out` entries.
CONV_KERNELS = [(4, 4, 1, 32), (4, 4, 32, 64), (4, 4, 64, 64)]
CONV_DENSE = [(1024, 256), (256, 38), (20, 256), (256, 1024)]
CONV_TRANSPOSED = [(4, 4, 32, 64), (4, 4, 32, 32), (4, 4, 1, 32)]
TEMPERATURE = 0.67
DELTA = 0.1
GAMMA = 30.0
CAPACITY = 0.5
DENSE_RATE = 1e-3
CONV_RATE = 5e-4
BATCHES = 8


def hash_uniform(count, seed):
    x = np.arange(count, dtype=np.uint32) + np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x.astype(np.float64) + 0.5) / 2.0**32


def glorot(shape, fan_in, fan_out, seed):
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    values = (hash_uniform(int(np.prod(shape)), seed) * 2 - 1) * limit
    return values.astype(np.float32).reshape(shape)


def normal(shape, seed):
    count = int(np.prod(shape))
    radius = np.sqrt(-2 * np.log(hash_uniform(count, seed)))
    angle = 2 * np.pi * hash_uniform(count, seed + 1000)
    return (radius * np.cos(angle)).astype(np.float32).reshape(shape)


def dense_weights():
    weights = []
    for i, (rows, columns) in enumerate(DENSE_LAYERS):
        weights += [glorot((rows, columns), rows, columns, i + 1), np.zeros(columns, np.float32)]
    return weights


def dense_batches(batch):
    return [
        (
            (hash_uniform(batch * 784, 100 + k) < 0.2).astype(np.float32).reshape(batch, 784),
            normal((batch, 30, 9), 200 + k),
        )
        for k in range(BATCHES)
    ]


def conv_weights():
    weights = []
    shapes = [("conv", s) for s in CONV_KERNELS] + [("dense", s) for s in CONV_DENSE]
    shapes += [("transposed", s) for s in CONV_TRANSPOSED]
    for i, (kind, shape) in enumerate(shapes):
        taps = shape[0] * shape[1] if kind != "dense" else 1
        bias = shape[2] if kind == "transposed" else shape[-1]
        weights += [glorot(shape, taps * shape[-2], taps * shape[-1], 50 + i), np.zeros(bias, np.float32)]
    return weights


def conv_batches(batch):
    return [
        (
            (hash_uniform(batch * 1024, 300 + k) < 0.2).astype(np.float32).reshape(batch, 32, 32, 1),
            normal((batch, 19), 400 + k),
        )
        for k in range(BATCHES)
    ]
