"""TensorFlow: one tf.function training step, with and without XLA (jit_compile)."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf  # noqa: E402

import problem  # noqa: E402
from protocol import arguments, serve  # noqa: E402

args = arguments()
tf.config.threading.set_intra_op_parallelism_threads(args.threads)
tf.config.threading.set_inter_op_parallelism_threads(args.threads)


def softmax_plus_plus(y):
    scaled = y / problem.TEMPERATURE
    remainder = tf.math.log(tf.fill(tf.concat([tf.shape(scaled)[:-1], [1]], 0), problem.DELTA))
    return tf.nn.softmax(tf.concat([scaled, remainder], -1))


def gaussian_kl(loc, log_scale):
    return tf.reduce_sum(0.5 * (tf.exp(2 * log_scale) + loc * loc - 1) - log_scale)


def bernoulli(logits, x):
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits))


def layer(w, x, i):
    return tf.nn.bias_add(x @ w[2 * i], w[2 * i + 1])


def dense_loss(w, x, noise):
    h = tf.nn.relu(layer(w, tf.nn.relu(layer(w, x, 0)), 1))
    loc, log_scale = tf.split(tf.reshape(layer(w, h, 2), [-1, 30, 18]), 2, -1)
    z = softmax_plus_plus(loc + tf.exp(log_scale) * noise)
    h = tf.nn.relu(layer(w, tf.nn.relu(layer(w, tf.reshape(z, [-1, 300]), 3)), 4))
    return (bernoulli(layer(w, h, 5), x) + gaussian_kl(loc, log_scale)) / args.batch


def conv_loss(w, x, noise):
    h = x
    for i in range(3):
        h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, w[2 * i], 2, "SAME"), w[2 * i + 1]))
    parameters = layer(w, tf.nn.relu(layer(w, tf.reshape(h, [-1, 1024]), 3)), 4)
    mean, log_sigma, loc, log_scale = tf.split(parameters, [10, 10, 9, 9], -1)
    continuous = mean + tf.exp(log_sigma) * noise[:, :10]
    z = tf.concat([continuous, softmax_plus_plus(loc + tf.exp(log_scale) * noise[:, 10:])], -1)
    h = tf.reshape(tf.nn.relu(layer(w, tf.nn.relu(layer(w, z, 5)), 6)), [-1, 4, 4, 64])
    for i, (size, channels) in zip(range(7, 10), [(8, 32), (16, 32), (32, 1)]):
        h = tf.nn.conv2d_transpose(h, w[2 * i], [args.batch, size, size, channels], 2, "SAME")
        h = tf.nn.bias_add(h, w[2 * i + 1])
        h = tf.nn.relu(h) if i < 9 else h
    kl = tf.abs(gaussian_kl(mean, log_sigma) / args.batch - problem.CAPACITY)
    kl += tf.abs(gaussian_kl(loc, log_scale) / args.batch - problem.CAPACITY)
    return bernoulli(h, x) / args.batch + problem.GAMMA * kl


def make(xla):
    def build():
        dense = args.model == "dense"
        loss = dense_loss if dense else conv_loss
        rate = problem.DENSE_RATE if dense else problem.CONV_RATE
        weights = [tf.Variable(a) for a in (problem.dense_weights() if dense else problem.conv_weights())]
        first = [tf.Variable(tf.zeros_like(a)) for a in weights]
        second = [tf.Variable(tf.zeros_like(a)) for a in weights]
        count = tf.Variable(0.0)
        arrays = problem.dense_batches(args.batch) if dense else problem.conv_batches(args.batch)
        batches = [tuple(map(tf.constant, b)) for b in arrays]

        # XLA fuses Adam written out; without XLA the one fused kernel ResourceApplyAdam is the fast form.
        @tf.function(jit_compile=xla)
        def train(x, noise):
            with tf.GradientTape() as tape:
                value = loss(weights, x, noise)
            gradients = tape.gradient(value, weights)
            count.assign_add(1.0)
            for w, m, v, g in zip(weights, first, second, gradients):
                if xla:
                    m.assign(0.9 * m + 0.1 * g)
                    v.assign(0.999 * v + 0.001 * g * g)
                    scale, correction = rate / (1 - 0.9**count), 1 / (1 - 0.999**count)
                    w.assign_sub(scale * m / (tf.sqrt(v * correction) + 1e-7))
                else:
                    tf.raw_ops.ResourceApplyAdam(
                        var=w.handle, m=m.handle, v=v.handle, beta1_power=0.9**count, beta2_power=0.999**count,
                        lr=rate, beta1=0.9, beta2=0.999, epsilon=1e-7, grad=g,
                    )
            return value

        return lambda k: float(train(*batches[k % len(batches)]))

    return build


serve({"tensorflow": tf.__version__}, {"TensorFlow tf.function": make(False), "TensorFlow XLA": make(True)})
