"""PyTorch: eager and torch.compile, each with the fused Adam. On a GPU weights and batches lie there before the first step."""
import torch
import torch.nn.functional as F

import problem
from protocol import arguments, serve

args = arguments()
torch.set_num_threads(args.threads)
device = torch.device(args.device)
# Products in float32, not in TensorFloat-32: cuDNN takes that by default.
torch.backends.cudnn.allow_tf32 = False


def parameter(array):
    return torch.from_numpy(array).to(device).requires_grad_()


def data(array):
    return torch.from_numpy(array).to(device)


def softmax_plus_plus(y):
    scaled = y / problem.TEMPERATURE
    remainder = torch.full_like(scaled[..., :1], problem.DELTA).log()
    return torch.softmax(torch.cat([scaled, remainder], -1), -1)


def gaussian_kl(loc, log_scale):
    return (0.5 * ((2 * log_scale).exp() + loc * loc - 1) - log_scale).sum()


def dense():
    weights = [parameter(w) for w in problem.dense_weights()]

    def layer(x, i):
        return torch.addmm(weights[2 * i + 1], x, weights[2 * i])

    def loss(x, noise):
        h = F.relu(layer(F.relu(layer(x, 0)), 1))
        loc, log_scale = layer(h, 2).view(-1, 30, 18).split(9, -1)
        z = softmax_plus_plus(loc + log_scale.exp() * noise)
        h = F.relu(layer(F.relu(layer(z.reshape(-1, 300), 3)), 4))
        logits = layer(h, 5)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return (reconstruction + gaussian_kl(loc, log_scale)) / x.shape[0]

    batches = [tuple(map(data, b)) for b in problem.dense_batches(args.batch)]
    return weights, loss, batches, problem.DENSE_RATE


def conv():
    """Channels first, as PyTorch prefers; weights and images are permuted once."""
    arrays = problem.conv_weights()
    for i in range(3):
        arrays[2 * i] = arrays[2 * i].transpose(3, 2, 0, 1).copy()
    # Rows of the first dense layer and columns of the last one: (h, w, c) -> (c, h, w).
    arrays[6] = arrays[6].reshape(4, 4, 64, 256).transpose(2, 0, 1, 3).reshape(1024, 256).copy()
    arrays[12] = arrays[12].reshape(256, 4, 4, 64).transpose(0, 3, 1, 2).reshape(256, 1024).copy()
    for i in range(7, 10):
        arrays[2 * i] = arrays[2 * i].transpose(3, 2, 0, 1).copy()
    weights = [parameter(w) for w in arrays]

    def layer(x, i):
        return torch.addmm(weights[2 * i + 1], x, weights[2 * i])

    def loss(x, noise):
        h = x
        for i in range(3):
            h = F.relu(F.conv2d(h, weights[2 * i], weights[2 * i + 1], stride=2, padding=1))
        parameters = layer(F.relu(layer(h.flatten(1), 3)), 4)
        mean, log_sigma, loc, log_scale = parameters.split([10, 10, 9, 9], -1)
        continuous = mean + log_sigma.exp() * noise[:, :10]
        z = torch.cat([continuous, softmax_plus_plus(loc + log_scale.exp() * noise[:, 10:])], -1)
        h = F.relu(layer(F.relu(layer(z, 5)), 6)).view(-1, 64, 4, 4)
        for i in range(7, 10):
            h = F.conv_transpose2d(h, weights[2 * i], weights[2 * i + 1], stride=2, padding=1)
            h = F.relu(h) if i < 9 else h
        batch = x.shape[0]
        reconstruction = F.binary_cross_entropy_with_logits(h, x, reduction="sum") / batch
        capacity = problem.CAPACITY
        kl = (gaussian_kl(mean, log_sigma) / batch - capacity).abs() + (gaussian_kl(loc, log_scale) / batch - capacity).abs()
        return reconstruction + problem.GAMMA * kl

    batches = [
        (data(x.transpose(0, 3, 1, 2).copy()), data(noise))
        for x, noise in problem.conv_batches(args.batch)
    ]
    return weights, loss, batches, problem.CONV_RATE


def make(compiled):
    def build():
        weights, loss, batches, rate = dense() if args.model == "dense" else conv()
        optimizer = torch.optim.Adam(weights, lr=rate, eps=1e-7, fused=True)
        forward = torch.compile(loss) if compiled else loss

        def step(k):
            optimizer.zero_grad(set_to_none=True)
            value = forward(*batches[k % len(batches)])
            value.backward()
            optimizer.step()
            return value.item()

        return step

    return build


serve({"torch": torch.__version__}, {"PyTorch eager, fused Adam": make(False), "PyTorch compiled, fused Adam": make(True)})
