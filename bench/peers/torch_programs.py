"""PyTorch's twins of bench/programs: modules as users write them, from the same start weights and batches, Adam fused.

Layers of tfjs have channels last and kernels [inputs, outputs]; their numbers are permuted once. Losses are those of
tfjs without dropout (--no-dropout); with it, each framework draws its own masks.
"""
import argparse

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

from problem import BATCHES, glorot, hash_uniform, normal
from protocol import serve

parser = argparse.ArgumentParser()
parser.add_argument("--program", default="logistic")
parser.add_argument("--engine", default="torch")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--no-dropout", action="store_true")
args = parser.parse_args()
torch.set_num_threads(args.threads)


def uniforms(shape, seed):
    return torch.from_numpy(hash_uniform(int(np.prod(shape)), seed).astype(np.float32).reshape(shape))


def integers(shape, categories, seed):
    values = np.floor(hash_uniform(int(np.prod(shape)), seed) * categories)
    return torch.from_numpy(values.astype(np.int64).reshape(shape))


def normals(shape, seed):
    return torch.from_numpy(normal(shape, seed))


class Kernels:
    """The matrices and filters of a model of tfjs, in its order; vectors are what the layer starts with."""

    def __init__(self, seed):
        self.next = seed

    def __call__(self, *shape):
        taps = int(np.prod(shape[:-2]))
        kernel = glorot(shape, taps * shape[-2], taps * shape[-1], self.next)
        self.next += 1
        return torch.from_numpy(kernel)


def assign(parameter, values):
    with torch.no_grad():
        parameter.copy_(values)


def zero_biases(module):
    for part in module.modules():
        if isinstance(part, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)) and part.bias is not None:
            nn.init.zeros_(part.bias)


def rate(value):
    return 0.0 if args.no_dropout else value


def trainer(model, loss_of, batches, optimizer):
    """The loop of a model: `loss_of(outputs, target)`."""

    def make(compiled):
        forward = torch.compile(model) if compiled else model

        def step(k):
            *inputs, target = batches[k % BATCHES]
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(forward(*inputs), target)
            loss.backward()
            optimizer.step()
            return [loss.item()]

        return step

    return make


def adam(parameters, lr, betas=(0.9, 0.999)):
    trained = [p for p in parameters if p.requires_grad]
    return torch.optim.Adam(trained, lr=lr, betas=betas, eps=1e-7, fused=True)


def logistic():
    model = nn.Linear(784, 10)
    zero_biases(model)
    assign(model.weight, Kernels(1000)(784, 10).T)
    batches = [(uniforms((64, 784), 1100 + k), integers((64,), 10, 1200 + k)) for k in range(BATCHES)]
    return trainer(model, F.cross_entropy, batches, torch.optim.SGD(model.parameters(), lr=0.1, fused=True))


def images(shape, seed):
    """Blocks of a color each, with noise, channels first."""
    batch, size, _, channels = shape
    colors = hash_uniform(batch * (size // 8) ** 2 * channels, seed + 50).reshape(batch, size // 8, size // 8, channels)
    colors = colors.repeat(8, axis=1).repeat(8, axis=2)
    values = 1.5 * colors + 0.5 * hash_uniform(int(np.prod(shape)), seed).reshape(shape) - 1
    return torch.from_numpy(values.astype(np.float32)).permute(0, 3, 1, 2).contiguous()


def convnet():
    kernels = Kernels(2000)
    parts = []
    inputs = 3
    for filters in (32, 64):
        for count in (inputs, filters):
            conv = nn.Conv2d(count, filters, 3, padding=1, bias=False)
            assign(conv.weight, kernels(3, 3, count, filters).permute(3, 2, 0, 1))
            parts += [conv, nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.ReLU()]
        parts += [nn.MaxPool2d(2), nn.Dropout(rate(0.25))]
        inputs = filters
    hidden, last = nn.Linear(64 * 8 * 8, 128, bias=False), nn.Linear(128, 10)
    # Rows of the first dense layer: (h, w, c) -> (c, h, w).
    assign(hidden.weight, kernels(4096, 128).reshape(8, 8, 64, 128).permute(3, 2, 0, 1).reshape(128, 4096))
    assign(last.weight, kernels(128, 10).T)
    normalization = nn.BatchNorm1d(128, eps=1e-3, momentum=0.01)
    model = nn.Sequential(*parts, nn.Flatten(), hidden, normalization, nn.ReLU(), nn.Dropout(rate(0.5)), last)
    zero_biases(model)
    batches = [
        (images((32, 32, 32, 3), 2100 + k), integers((32,), 10, 2200 + k))
        for k in range(BATCHES)
    ]
    return trainer(model, F.cross_entropy, batches, torch.optim.SGD(model.parameters(), lr=0.002, momentum=0.9, fused=True))


class LastState(nn.Module):
    """A recurrent layer, and a linear one of its last state."""

    def __init__(self, recurrent, last):
        super().__init__()
        self.recurrent = recurrent
        self.last = last

    def forward(self, x):
        return self.last(self.recurrent(x)[0][:, -1])


def freeze_second_bias(recurrent):
    """PyTorch adds two biases; trained both, they would move twice as far as the one of tfjs."""
    nn.init.zeros_(recurrent.bias_ih_l0)
    nn.init.zeros_(recurrent.bias_hh_l0)
    recurrent.bias_hh_l0.requires_grad_(False)


def lstm():
    kernels = Kernels(3000)
    recurrent, last = nn.LSTM(64, 128, batch_first=True), nn.Linear(128, 64)
    assign(recurrent.weight_ih_l0, kernels(64, 512).T)
    assign(recurrent.weight_hh_l0, kernels(128, 512).T)
    freeze_second_bias(recurrent)
    # tfjs starts the bias of the forget gate at 1.
    assign(recurrent.bias_ih_l0[128:256], torch.ones(128))
    assign(last.weight, kernels(128, 64).T)
    zero_biases(last)
    model = LastState(recurrent, last)
    batches = [
        (F.one_hot(integers((64, 40), 64, 3100 + k), 64).float(), integers((64,), 64, 3200 + k))
        for k in range(BATCHES)
    ]
    return trainer(model, F.cross_entropy, batches, adam(model.parameters(), 1e-2))


class ResetBeforeGru(nn.Module):
    """The GRU of tfjs (and of the paper by Cho et al.): the reset gate multiplies the state before the product.

    nn.GRU multiplies after it. Otherwise as a user writes a cell: products of the inputs for all times at once.
    """

    def __init__(self, kernels, inputs, units):
        super().__init__()
        self.units = units
        self.kernel = nn.Parameter(kernels(inputs, 3 * units))
        self.recurrent = nn.Parameter(kernels(units, 3 * units))
        self.bias = nn.Parameter(torch.zeros(3 * units))

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.units)
        gates, candidates = self.recurrent.split([2 * self.units, self.units], 1)
        for inputs in (x @ self.kernel + self.bias).unbind(1):
            for_gates, for_candidate = inputs.split([2 * self.units, self.units], 1)
            update, reset = torch.sigmoid(torch.addmm(for_gates, h, gates)).chunk(2, 1)
            candidate = torch.tanh(torch.addmm(for_candidate, reset * h, candidates))
            h = candidate + update * (h - candidate)
        return h.unsqueeze(1), None


def gru(is_library=False):
    kernels = Kernels(4000)
    if is_library:
        recurrent = nn.GRU(14, 32, batch_first=True)
        kernels.next += 2
    else:
        recurrent = ResetBeforeGru(kernels, 14, 32)
    last = nn.Linear(32, 1)
    assign(last.weight, kernels(32, 1).T)
    zero_biases(last)
    model = LastState(recurrent, last)
    batches = [(normals((128, 120, 14), 4100 + k), normals((128, 1), 4200 + k)) for k in range(BATCHES)]
    return trainer(model, F.l1_loss, batches, adam(model.parameters(), 1e-3))


class Block(nn.Module):
    """Embeddings, a block of a GPT, and logits of the next token."""

    def __init__(self, kernels):
        super().__init__()
        self.tokens, self.places = nn.Embedding(64, 128), nn.Embedding(64, 128)
        self.attention, self.projection = nn.Linear(128, 384), nn.Linear(128, 128)
        self.hidden, self.outputs, self.logits = nn.Linear(128, 512), nn.Linear(512, 128), nn.Linear(128, 64)
        self.norms = nn.ModuleList(nn.LayerNorm(128, eps=1e-3) for _ in range(3))
        for embedding in (self.tokens, self.places):
            assign(embedding.weight, kernels(64, 128))
        for linear in (self.attention, self.projection, self.hidden, self.outputs, self.logits):
            assign(linear.weight, kernels(linear.in_features, linear.out_features).T)
        zero_biases(self)

    def forward(self, tokens, places):
        x = self.tokens(tokens) + self.places(places)
        batch, length, width = x.shape
        joined = self.attention(self.norms[0](x)).view(batch, length, 3, 4, width // 4)
        queries, keys, values = joined.permute(2, 0, 3, 1, 4).unbind()
        heads = F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        x = x + self.projection(heads.transpose(1, 2).reshape(x.shape))
        x = x + self.outputs(F.gelu(self.hidden(self.norms[1](x))))
        return self.logits(self.norms[2](x))


def transformer():
    model = Block(Kernels(5000))
    places = torch.arange(64).expand(16, 64).contiguous()
    batches = [
        (integers((16, 64), 64, 5100 + k), places, integers((16, 64), 64, 5200 + k)) for k in range(BATCHES)
    ]

    def loss_of(logits, target):
        return F.cross_entropy(logits.flatten(0, 1), target.flatten())

    return trainer(model, loss_of, batches, adam(model.parameters(), 1e-3))


def gan():
    kernels = Kernels(6000)
    first = nn.Linear(100, 7 * 7 * 64, bias=False)
    second = nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False)
    third = nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1)
    # Columns of the first layer: (h, w, c) -> (c, h, w). Its normalization is over the columns one by one.
    assign(first.weight, kernels(100, 3136).reshape(100, 7, 7, 64).permute(3, 1, 2, 0).reshape(3136, 100))
    assign(second.weight, kernels(4, 4, 32, 64).permute(3, 2, 0, 1))
    assign(third.weight, kernels(4, 4, 1, 32).permute(3, 2, 0, 1))
    generator = nn.Sequential(
        first,
        nn.BatchNorm1d(3136, eps=1e-3, momentum=0.01),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (64, 7, 7)),
        second,
        nn.BatchNorm2d(32, eps=1e-3, momentum=0.01),
        nn.LeakyReLU(0.2),
        third,
        nn.Tanh(),
    )
    kernels = Kernels(6050)
    parts = []
    for inputs, filters in ((1, 32), (32, 64)):
        conv = nn.Conv2d(inputs, filters, 4, stride=2, padding=1)
        assign(conv.weight, kernels(4, 4, inputs, filters).permute(3, 2, 0, 1))
        parts += [conv, nn.LeakyReLU(0.2), nn.Dropout(rate(0.3))]
    last = nn.Linear(3136, 1)
    assign(last.weight, kernels(3136, 1).reshape(7, 7, 64, 1).permute(3, 2, 0, 1).reshape(1, 3136))
    discriminator = nn.Sequential(*parts, nn.Flatten(), last)
    for model in (generator, discriminator):
        zero_biases(model)
    for_generator, for_discriminator = (adam(m.parameters(), 2e-4, (0.5, 0.999)) for m in (generator, discriminator))
    batches = [
        (uniforms((64, 1, 28, 28), 6100 + k) * 2 - 1, normals((64, 100), 6200 + k), normals((64, 100), 6300 + k))
        for k in range(BATCHES)
    ]

    def loss_of(logits, is_real):
        labels = torch.ones_like(logits) if is_real else torch.zeros_like(logits)
        return F.binary_cross_entropy_with_logits(logits, labels)

    def make(compiled):
        generate, judge = (torch.compile(m) if compiled else m for m in (generator, discriminator))

        def step(k):
            images, noise, other_noise = batches[k % BATCHES]
            for_discriminator.zero_grad(set_to_none=True)
            with torch.no_grad():
                fake = generate(noise)
            discriminator_loss = loss_of(judge(images), True) + loss_of(judge(fake), False)
            discriminator_loss.backward()
            for_discriminator.step()
            for_generator.zero_grad(set_to_none=True)
            generator_loss = loss_of(judge(generate(other_noise)), True)
            generator_loss.backward()
            for_generator.step()
            return [discriminator_loss.item(), generator_loss.item()]

        return step

    return make


programs = {
    "logistic": logistic,
    "convnet": convnet,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
    "gan": gan,
}
engines = {
    "torch": lambda: programs[args.program]()(False),
    "torch-compiled": lambda: programs[args.program]()(True),
    # nn.GRU is another recurrence than that of tfjs, and its losses differ.
    "torch-library": lambda: gru(True)(False),
}
serve({"torch": torch.__version__}, {args.engine: engines[args.engine]})
