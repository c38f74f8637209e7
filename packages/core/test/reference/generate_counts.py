"""Float64 reference values of the distributions of counts: writes ../fixtures/counts.json.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate_counts.py

Parameters are rounded to float32 first, so that a float32 program is compared at exactly the numbers it sees. scipy makes
log-probabilities (checked here against mpmath), means, variances and quantiles; the tails in logs are mpmath's, since
scipy takes the logarithm of a rounded probability. Gradients are central differences of mpmath values.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
from scipy import stats

mp.mp.dps = 40


def f32(x):
    return float(np.float32(x))


def log_pmf(name, parameters, k):
    k = mp.mpf(k)
    if name == "Poisson":
        (rate,) = map(mp.mpf, parameters)
        return k * mp.log(rate) - rate - mp.loggamma(k + 1)
    if name == "Binomial":
        n, p = map(mp.mpf, parameters)
        return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1) + k * mp.log(p) + (n - k) * mp.log1p(-p)
    if name == "NegativeBinomial":
        r, p = map(mp.mpf, parameters)
        return mp.loggamma(k + r) - mp.loggamma(k + 1) - mp.loggamma(r) + r * mp.log(p) + k * mp.log1p(-p)
    (p,) = map(mp.mpf, parameters)
    return k * mp.log1p(-p) + mp.log(p)


def tail_sum(name, parameters, k, step):
    """The logarithm of the pmf summed from k on, upwards or downwards, scaled by its first term."""
    first = log_pmf(name, parameters, k)
    total, j = mp.mpf(0), k
    largest = parameters[0] if name == "Binomial" else float("inf")
    while 0 <= j <= largest:
        term = mp.exp(log_pmf(name, parameters, j) - first)
        total += term
        if term < mp.mpf(10) ** -22:
            break
        j += step
    return first + mp.log(total)


def log_tails(name, parameters, k):
    """log P(X <= k) and log P(X > k): the one past the mode by its sum, the other as its complement."""
    if name == "Geometric":
        upper = (k + 1) * mp.log1p(-mp.mpf(parameters[0]))
        return float(mp.log(-mp.expm1(upper))), float(upper)
    if name == "Poisson":
        mode = parameters[0]
    elif name == "Binomial":
        mode = parameters[0] * parameters[1]
    else:
        mode = max(0.0, (parameters[0] - 1) * (1 - parameters[1]) / parameters[1])
    if k >= mode:
        upper = tail_sum(name, parameters, k + 1, 1)
        return float(mp.log(-mp.expm1(upper))), float(upper)
    lower = tail_sum(name, parameters, k, -1)
    return float(lower), float(mp.log(-mp.expm1(lower)))


def law(name, parameters):
    if name == "Poisson":
        return stats.poisson(*parameters)
    if name == "Binomial":
        return stats.binom(*parameters)
    if name == "NegativeBinomial":
        return stats.nbinom(*parameters)
    return stats.geom(*parameters, loc=-1)


def slopes(name, parameters, k):
    result = []
    for index in range(len(parameters)):
        if name == "Binomial" and index == 0:
            result.append(None)
            continue
        moved = lambda v: log_pmf(name, [v if i == index else q for i, q in enumerate(parameters)], k)
        result.append(float(mp.diff(moved, parameters[index])))
    return result


cases = {
    "Poisson": [(0.001,), (0.7,), (3.5,), (50.0,), (300.0,), (1e4,), (1e6,)],
    "Binomial": [(1, 0.25), (12, 0.3), (12, 0.999), (100, 1e-4), (1000, 0.5), (20000, 0.03), (1000000, 0.4), (16000000, 0.01)],
    "NegativeBinomial": [(0.01, 0.3), (0.5, 0.9), (3, 0.02), (50, 0.6), (50, 0.999), (1000.5, 0.3), (200000, 0.5)],
    "Geometric": [(0.6,), (0.999,), (1e-4,)],
}
output = {}
for name, parameter_sets in cases.items():
    entries = []
    for parameters in parameter_sets:
        parameters = [f32(v) for v in parameters]
        distribution = law(name, parameters)
        mean, deviation = float(distribution.mean()), float(distribution.std())
        largest = parameters[0] if name == "Binomial" else float(2**24)
        candidates = {0, 1, 2, 3, 5, 8, 12, round(mean)}
        for z in [-40, -20, -12, -7, -4, -2, -1, -0.3, 0.3, 1, 2, 4, 7, 12, 20, 40, 60]:
            candidates.add(round(mean + z * deviation))
        points = []
        for k in sorted(candidates):
            if not 0 <= k <= largest:
                continue
            exact = log_pmf(name, parameters, k) if not (name == "Binomial" and parameters[1] in (0, 1)) else None
            if exact < -1100 and k not in (0, 1):
                continue
            scipys = float(distribution.logpmf(k))
            # scipy's negative binomial and geometric lose digits through lgamma; mpmath decides.
            assert abs(scipys - exact) < 1e-5 * max(1, abs(exact)), (name, parameters, k, scipys, exact)
            point = dict(k=k, logProb=float(exact), slopes=slopes(name, parameters, k))
            if k < largest:
                point["logCdf"], point["logSurvival"] = log_tails(name, parameters, k)
            points.append(point)
        quantiles = [dict(p=f32(p), k=float(distribution.ppf(f32(p)))) for p in (1e-6, 0.01, 0.3, 0.77, 0.999)]
        entries.append(
            dict(
                parameters=parameters,
                mean=mean,
                variance=float(distribution.var()),
                points=points,
                quantiles=quantiles,
            )
        )
    output[name] = entries

path = pathlib.Path(__file__).parent.with_name("fixtures") / "counts.json"
path.write_text(json.dumps(output, indent=1) + "\n")
