"""PyTorch on the operations of engine.mjs, eagerly on one thread: torch.distributions where it has them, else the plain formulas."""
import math
import sys
from pathlib import Path

import numpy
import torch
from torch.distributions import Normal, RelaxedOneHotCategorical, kl_divergence

sys.path.append(str(Path(__file__).parent.parent / "peers"))
from protocol import serve  # noqa: E402

torch.set_num_threads(1)
TEMPERATURE, DELTA = 0.5, 0.1
BATCH = (64, 30)


def waves(shape, amplitude, frequency):
    steps = numpy.arange(1, math.prod(shape) + 1)
    return torch.from_numpy((amplitude * numpy.sin(frequency * steps)).astype(numpy.float32)).reshape(shape)


loc, logits = waves((*BATCH, 9), 1.5, 0.7), waves((*BATCH, 10), 1.5, 0.9)
scale = waves((*BATCH, 9), 0.7, 1.1).exp()
points = waves((*BATCH, 10), 2, 1.3).softmax(-1)
weights = torch.arange(1.0, 11)
zeros, ones = torch.zeros(9), torch.ones(9)


def sample_igr():
    y = (loc + scale * torch.randn_like(loc)) / TEMPERATURE
    remainder = torch.full_like(y[..., :1], DELTA).log()
    return torch.softmax(torch.cat([y, remainder], -1), -1)


def log_prob_igr():
    logs = points.log()
    y = TEMPERATURE * (logs[..., :-1] - logs[..., -1:] + math.log(DELTA))
    return Normal(loc, scale).log_prob(y).sum(-1) + 9 * math.log(TEMPERATURE) - logs.sum(-1)


# A Gauss-Hermite rule in each coordinate's own normal: 192 points, as many as discreteProbs' most exact rule has.
nodes, shares = (torch.from_numpy(x.astype(numpy.float32)) for x in numpy.polynomial.hermite_e.hermegauss(192))
shares = shares / shares.sum()


def discrete_probs():
    y = loc[..., None] + scale[..., None] * nodes  # [..., k, point]
    cdf = torch.special.ndtr((y[..., None] - loc[..., None, None, :]) / scale[..., None, None, :])
    others = torch.eye(9, dtype=torch.bool)[:, None, :]
    wins = torch.where(others, 1.0, cdf).prod(-1) * (y > TEMPERATURE * math.log(DELTA))
    of_normals = (wins * shares).sum(-1)
    return weights * torch.cat([of_normals, 1 - of_normals.sum(-1, keepdim=True)], -1)


def variant(run, is_draw=False):
    def build():
        def step(_):
            with torch.no_grad():
                result = run()
            return None if is_draw else float(result.double().mean())

        return step

    return build


serve(
    {"torch": torch.__version__},
    {
        "sample, IGR": variant(sample_igr, True),
        "sample, Gumbel-Softmax": variant(
            lambda: RelaxedOneHotCategorical(torch.tensor(TEMPERATURE), logits=logits).rsample(), True
        ),
        "logProb, IGR": variant(log_prob_igr),
        "logProb, Gumbel-Softmax": variant(
            lambda: RelaxedOneHotCategorical(torch.tensor(TEMPERATURE), logits=logits).log_prob(points)
        ),
        "KL, IGR": variant(lambda: kl_divergence(Normal(loc, scale), Normal(zeros, ones)).sum(-1)),
        "discreteProbs, IGR": variant(discrete_probs),
    },
)
