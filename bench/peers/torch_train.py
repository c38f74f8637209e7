"""The discrete VAE of the paper's Table 1 in PyTorch: an independent program for whole trainings, not only for steps.

    python bench/peers/torch_train.py --data folder-of-mnist --latent igr --prior docs/results/kept/587ba6c045bf40b2 --out result.json

30 variables of 10 categories, 784-512-256 and back, MNIST, batches of 64, Adam at 0.001; 5,000 training images choose the
epoch. `--protocol ours`: dynamic bits, the decoder receives z. `--protocol authors`: bits by the threshold 0.5, one more
hidden layer of 784, the decoder receives log z (IGR: the log-softmax of the pre-image), the prior is not fitted.
"""
import argparse
import gzip
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

VARIABLES, CATEGORIES, DELTA = 30, 10, 0.1
VALIDATION = 5000

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, help="folder with MNIST's four gzip files")
parser.add_argument("--latent", choices=["igr", "gs"], required=True)
parser.add_argument("--protocol", choices=["ours", "authors"], default="ours")
parser.add_argument("--temperature", type=float, help="default: 0.5 for igr, 0.67 for gs")
parser.add_argument("--prior", help="folder of a run of igr whose fitted prior is used; for igr in our protocol")
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--out", required=True, help="the JSON file to write")
args = parser.parse_args()
temperature = args.temperature or {"igr": 0.5, "gs": 0.67}[args.latent]
is_authors = args.protocol == "authors"
torch.set_num_threads(args.threads)
torch.manual_seed(args.seed)


def images(name):
    with gzip.open(Path(args.data) / f"{name}-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    return torch.from_numpy(pixels.reshape(-1, 784).astype(np.float32) / 255)


def bits(x):
    return (x >= 0.5).float() if is_authors else torch.bernoulli(x)


def network(sizes):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        layer = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
        layers += [layer] + ([nn.ReLU()] if i < len(sizes) - 2 else [])
    return nn.Sequential(*layers)


class Igr:
    """softmax++ of Gaussian noise; the KL is that of the Gaussians."""

    outputs = 2 * (CATEGORIES - 1)

    def __init__(self):
        if is_authors:
            loc, scale = -2.08, 1.72
        else:
            prior = json.loads((Path(args.prior) / "environment.json").read_text())["latent"]["prior"]
            loc, scale = torch.tensor(prior["loc"]), torch.tensor(prior["scale"])
        self.prior = torch.distributions.Normal(loc, scale)

    def __call__(self, parameters):
        loc, log_scale = parameters.chunk(2, -1)
        posterior = torch.distributions.Normal(loc, log_scale.exp())
        scaled = posterior.rsample() / temperature
        kl = torch.distributions.kl_divergence(posterior, self.prior).sum((-2, -1))
        if is_authors:
            return torch.log_softmax(scaled, -1), kl
        remainder = torch.full_like(scaled[..., :1], math.log(DELTA))
        return torch.softmax(torch.cat([scaled, remainder], -1), -1), kl


class GumbelSoftmax:
    """The Concrete distribution in log space; its KL is estimated by the draw itself."""

    outputs = CATEGORIES

    def __call__(self, logits):
        gumbel = -torch.log(torch.empty_like(logits).exponential_())
        log_z = torch.log_softmax((logits + gumbel) / temperature, -1)
        kl = (self.density(log_z, logits) - self.density(log_z, torch.zeros_like(logits))).sum(-1)
        return (log_z if is_authors else log_z.exp()), kl

    @staticmethod
    def density(log_z, logits):
        """log density up to what two densities of the same temperature share."""
        tilted = logits - temperature * log_z
        return tilted.sum(-1) - CATEGORIES * torch.logsumexp(tilted, -1)

    @staticmethod
    def hard(logits):
        """One-hot draws, with the categorical KL from the uniform prior."""
        log_probs = torch.log_softmax(logits, -1)
        drawn = torch.distributions.Categorical(logits=logits).sample()
        kl = (log_probs.exp() * (log_probs + math.log(CATEGORIES))).sum((-2, -1))
        return F.one_hot(drawn, CATEGORIES).float(), kl


latent = Igr() if args.latent == "igr" else GumbelSoftmax()
width = CATEGORIES - 1 if is_authors and args.latent == "igr" else CATEGORIES
encoder = network([784, *([784] if is_authors else []), 512, 256, VARIABLES * latent.outputs])
decoder = network([VARIABLES * width, 256, 512, 784])
parameters = [*encoder.parameters(), *decoder.parameters()]
optimizer = torch.optim.Adam(parameters, lr=1e-3, eps=1e-7, fused=True)


def elbo(x, draw=latent):
    """One value for each image."""
    code, kl = draw(encoder(x).view(-1, VARIABLES, latent.outputs))
    logits = decoder(code.reshape(len(x), -1))
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1) - kl


@torch.no_grad()
def measured(x, draw=latent):
    values = torch.cat([elbo(bits(batch), draw) for batch in x.split(500)])
    return values.mean().item(), (values.std() / len(values) ** 0.5).item()


everything = images("train")[torch.from_numpy(np.random.default_rng(0).permutation(60_000))]
training, validation, test = everything[VALIDATION:], everything[:VALIDATION], images("t10k")
best, best_epoch, kept = -math.inf, 0, None
epochs = []
start = time.perf_counter()
for epoch in range(1, args.epochs + 1):
    for indices in torch.randperm(len(training)).split(64):
        if len(indices) < 64:
            continue
        loss = -elbo(bits(training[indices])).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    value, _ = measured(validation)
    epochs.append(value)
    if value > best:
        best, best_epoch, kept = value, epoch, [p.detach().clone() for p in parameters]
    print(f"epoch {epoch}: validation ELBO {value:.2f}", flush=True)

with torch.no_grad():
    for parameter, value in zip(parameters, kept):
        parameter.copy_(value)
result = {
    "program": "bench/peers/torch_train.py",
    "torch": torch.__version__,
    "latent": args.latent,
    "temperature": temperature,
    "protocol": args.protocol,
    "epochs": args.epochs,
    "seed": args.seed,
    "measuredEpoch": best_epoch,
    "validation": epochs,
    "testElbo": measured(test),
    "trainingElbo": measured(training[:10_000]),
    **({"hardElbo": measured(test, latent.hard)} if args.latent == "gs" and not is_authors else {}),
    "seconds": round(time.perf_counter() - start),
}
Path(args.out).write_text(json.dumps(result, indent=2) + "\n")
print({key: result[key] for key in ("testElbo", "trainingElbo", "measuredEpoch")})
