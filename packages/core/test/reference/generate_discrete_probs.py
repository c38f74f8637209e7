"""Float64 values of P(argmax z = k) of IGR with softmax++: writes ../fixtures/discrete-probs.json.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate_discrete_probs.py

log P_k = log integral_c^inf phi_k prod_{j != k} Phi_j, c = temperature log(delta), by composite Gauss-Legendre with
breakpoints at every half standard deviation of every coordinate out to 13, checked against a rule with half as many
points, against sum_k P_k = 1, and (K <= 4) against scipy.integrate.quad. Gradients of sum_k g_k log P_k with
g_k = cos k by central differences of the same integrals. Arguments are rounded to float32 first.
"""

import json
import pathlib

import numpy as np
from scipy import integrate
from scipy.special import log_ndtr, logsumexp, ndtr

rng = np.random.default_rng(20191231)
KINDS = ["standard", "wide", "far", "one odd", "narrow crowd", "concentric"]


def f32(x):
    return np.float32(x).astype(np.float64)


def digits(values):
    return [float(f"{value:.9g}") for value in values]


def log_probs(loc, scale, c, points=16):
    ends = np.concatenate([loc + scale * a for a in np.arange(-13, 13.01, 0.5)])
    ends = np.concatenate([[c], np.unique(ends[ends > c])])
    if len(ends) == 1:  # every coordinate lies far below the threshold
        ends = np.concatenate([[c], c + np.unique(np.outer(scale, 2.0 ** np.arange(-12, 4)))])
    nodes, shares = np.polynomial.legendre.leggauss(points)
    half = np.diff(ends)[:, None] / 2
    t = (ends[:-1, None] + half + half * nodes).ravel()
    with np.errstate(divide="ignore"):
        log_weight = np.log((half * shares).ravel())[:, None]
    x = (t[:, None] - loc) / scale
    log_cdf = log_ndtr(x)
    terms = log_cdf.sum(1, keepdims=True) - log_cdf - x * x / 2 - np.log(2 * np.pi) / 2 - np.log(scale) + log_weight
    return np.append(logsumexp(terms, axis=0), log_ndtr((c - loc) / scale).sum())


def check(loc, scale, c, values):
    assert abs(np.exp(values).sum() - 1) < 1e-12
    coarse = log_probs(loc, scale, c, 8)
    assert np.max(np.abs(np.exp(coarse) - np.exp(values))) < 1e-12
    assert np.max(np.abs(coarse - values)[values > -60], initial=0) < 1e-9
    if len(loc) > 3:
        return
    for k in range(len(loc)):
        others = np.arange(len(loc)) != k

        def integrand(t):
            density = np.exp(-(((t - loc[k]) / scale[k]) ** 2) / 2) / (scale[k] * np.sqrt(2 * np.pi))
            return density * np.prod(ndtr((t - loc[others]) / scale[others]))

        pieces = np.unique(np.concatenate([loc + scale * a for a in range(-9, 10)]))
        pieces = np.concatenate([[c], pieces[pieces > c]])
        total = sum(integrate.quad(integrand, a, b)[0] for a, b in zip(pieces, pieces[1:]))
        assert abs(total - np.exp(values[k])) < 1e-10


def example(kind, dimension):
    scale = 10 ** rng.uniform(-2, 2, dimension)
    match kind:
        case "standard":
            loc = rng.normal(size=dimension)
        case "wide":
            loc = rng.normal(size=dimension) * scale
        case "far":
            loc = rng.normal(size=dimension) * scale * 4
        case "one odd":
            scale[:] = 10 ** rng.uniform(-2, 2)
            loc = rng.normal(size=dimension) * scale * 2
            scale[rng.integers(dimension)] = 10 ** rng.uniform(-2, 2)
        case "narrow crowd":
            scale[rng.random(dimension) < 0.5] = 0.01
            loc = rng.normal(size=dimension) * scale * 2
        case "concentric":
            loc = rng.normal(size=dimension) * 0.01
    return f32(loc), f32(scale)


def gradient(loc, scale, temperature, delta):
    weight = np.cos(np.arange(len(loc) + 1))

    def total(parts):
        mean, spread, heat, rest = parts[: len(loc)], parts[len(loc) : -2], parts[-2], parts[-1]
        return weight @ log_probs(mean, spread, heat * np.log(rest))

    at = np.concatenate([loc, scale, [temperature, delta]])
    result = []
    for index, value in enumerate(at):
        step = 1e-5 * (scale[index] if index < len(loc) else value)
        moved = np.zeros_like(at)
        moved[index] = step
        result.append((total(at + moved) - total(at - moved)) / (2 * step))
    return result


examples, gradients = [], []
for categories, count in [(2, 30), (3, 60), (4, 60), (10, 120), (31, 24), (100, 12)]:
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        temperature, delta = map(float, f32([(0.1, 0.5, 2.0)[index % 3], (0.1, 1e-4, 1.0, 4.0)[index % 4]]))
        loc, scale = example(kind, categories - 1)
        c = temperature * np.log(delta)
        values = log_probs(loc, scale, c)
        check(loc, scale, c, values)
        examples.append(
            {
                "kind": kind,
                "temperature": temperature,
                "delta": delta,
                "loc": digits(loc),
                "scale": digits(scale),
                "logProbs": digits(values),
            }
        )
for loc, scale in [([0.3, -0.5, 0.1], [1.0, 0.4, 2.0]), ([0.0, -2.0, 1.0], [0.02, 1.0, 30.0]), ([-3.0] * 4, [0.5] * 4)]:
    loc, scale = f32(loc), f32(scale)
    parameters = {"temperature": 0.5, "delta": float(f32(0.1)), "loc": loc.tolist(), "scale": scale.tolist()}
    gradients.append({**parameters, "gradient": digits(gradient(loc, scale, 0.5, parameters["delta"]))})

path = pathlib.Path(__file__).parent.parent / "fixtures" / "discrete-probs.json"
blocks = {
    name: "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]"
    for name, entries in [("examples", examples), ("gradients", gradients)]
}
path.write_text("{" + ",\n".join(f'"{name}": {block}' for name, block in blocks.items()) + "}\n")
