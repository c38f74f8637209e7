"""Float64 values of P(argmax z = k) of IGR's other transforms: writes ../fixtures/stick-probs.json.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate_stick_probs.py

Frequencies over 8 scrambled Sobol sequences of 2^18 points (scipy.stats.qmc), with the standard error that the sequences
show among themselves. 'interpolation' (eq 23) counts the rest of the stick as a category; in 'stick-breaking' (eq 24)
the last category wins if all sticks are below temperature log delta.
"""

import json
import pathlib

import numpy as np
from scipy.special import log_expit, ndtri
from scipy.stats import qmc

rng = np.random.default_rng(20200114)


def f32(x):
    return np.float32(x).astype(np.float64)


def digits(values):
    return [float(f"{value:.9g}") for value in values]


def frequencies(transform, loc, scale, height):
    rounds = []
    for seed in range(8):
        points = qmc.Sobol(len(loc), seed=seed).random_base2(18)
        y = loc + scale * ndtri(np.clip(points, 1e-16, 1 - 1e-16))
        left = np.cumsum(log_expit(-y), axis=1)
        sticks = log_expit(y)
        sticks[:, 1:] += left[:, :-1]
        last = left[:, -1] if transform == "interpolation" else np.full(len(y), np.log(max(height, 1e-300)))
        winners = np.concatenate([sticks, last[:, None]], axis=1).argmax(1)
        rounds.append(np.bincount(winners, minlength=len(loc) + 1) / len(y))
    return np.mean(rounds, 0), np.std(rounds, 0, ddof=1) / np.sqrt(8)


examples = []
for transform, delta, sizes in [("interpolation", 0.1, [1, 2, 3, 9, 19]), ("stick-breaking", 0.1, [2, 3, 10]), ("stick-breaking", 4.0, [2, 9])]:
    for size in sizes:
        for spread in (0.2, 1.0, 3.0):
            loc = f32(rng.normal(size=size) - np.log(np.arange(size, 0, -1)))
            scale = f32(spread * np.exp(0.3 * rng.normal(size=size)))
            probs, error = frequencies(transform, loc, scale, 0.2 * np.log(delta))
            examples.append(
                {
                    "transform": transform,
                    "temperature": 0.2,
                    "delta": delta,
                    "loc": digits(loc),
                    "scale": digits(scale),
                    "probs": digits(probs),
                    "standardError": float(f"{error.max():.2g}"),
                }
            )
            print(transform, delta, size, spread, error.max())

path = pathlib.Path(__file__).parent.parent / "fixtures" / "stick-probs.json"
path.write_text("[\n" + ",\n".join(json.dumps(e) for e in examples) + "\n]\n")
