"""Kumaraswamy shares and stick-breakings of them in 50 digits, written to ../fixtures/kumaraswamy.json.

    python3 -m venv venv && venv/bin/pip install -r requirements-stability.txt && venv/bin/python generate_kumaraswamy.py

* shares: log-density of the logit of v, at logits down to where v or 1 - v are below float64.
* draws: the logit of v whose upper tail probability is exp(-exp(-gumbel)).
* divergences: KL of one share from another, by mpmath's adaptive quadrature in the logit.
* sticks: log-density of the simplex point in a given order, and its mean over all orders, with respect to the first K-1
  coordinates.
Every argument is a float32 number.
"""

import itertools
import json
import struct
from pathlib import Path

from mpmath import exp, expm1, log, log1p, mp, mpf, quad

mp.dps = 50


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def log1mexp(x):
    """log(1 - exp(x)), x < 0, with all digits at both ends."""
    return log1p(-exp(x)) if x < -1 else log(-expm1(x))


def log_density_of_logit(y, a, b):
    log_v, log_rest = -log1p(exp(-y)), -log1p(exp(y))
    return log(a) + log(b) + a * log_v + (b - 1) * log1mexp(a * log_v) + log_rest


def logit_of_draw(gumbel, a, b):
    log_complement = -exp(-gumbel) / b
    log_v = log1mexp(log_complement) / a
    return log_v - log1mexp(log_v)


def log_share_density(v, a, b):
    return log(a) + log(b) + (a - 1) * log(v) + (b - 1) * log1p(-(v**a))


def log_density(z, concentration, order):
    left, rest, result = mpf(1), sum(concentration), mpf(0)
    for k in order[:-1]:
        rest -= concentration[k]
        result += log_share_density(z[k] / left, concentration[k], rest) - log(left)
        left -= z[k]
    return result


pairs = [(0.5, 2.0), (1.0, 1.0), (0.01, 0.03), (3.0, 0.2), (20.0, 50.0), (0.1, 30.0)]
pairs = [tuple(map(float32, pair)) for pair in pairs]
shares = [
    {"a": a, "b": b, "logit": y, "logDensity": float(log_density_of_logit(mpf(y), mpf(a), mpf(b)))}
    for a, b in pairs
    for y in (-200.0, -30.0, -3.0, 0.5, 4.0, 30.0, 200.0)
]
draws = [
    {"a": a, "b": b, "gumbel": g, "logit": float(logit_of_draw(mpf(g), mpf(a), mpf(b)))}
    for a, b in pairs
    for g in (-2.5, -1.0, 0.5, 3.0, 16.0)
]
divergences = []
for (a, b), (c, d) in [(pairs[0], pairs[1]), (pairs[1], pairs[0]), (pairs[2], pairs[0]), (pairs[3], pairs[4]),
                       (pairs[4], pairs[5]), (pairs[0], pairs[0])]:
    def integrand(t, a=mpf(a), b=mpf(b), c=mpf(c), d=mpf(d)):
        # Over the logit t of the uniform number, which spreads both ends.
        u = 1 / (1 + exp(-t))
        y = logit_of_draw(-log(log1p(exp(-t))), a, b)
        return u * (1 - u) * (log_density_of_logit(y, a, b) - log_density_of_logit(y, c, d))

    value = quad(integrand, [-90, -30, -10, -3, 0, 3, 10, 30, 90])
    divergences.append({"q": [a, b], "p": [c, d], "kl": float(value)})

sticks = []
for concentration, z in [
    ([0.5, 1.5, 1.0], [0.2, 0.5, 0.3]),
    ([0.1, 0.3, 0.2, 0.4], [0.01, 0.9, 0.04, 0.05]),
    ([5.0, 0.5, 2.0, 3.0], [0.25, 0.25, 0.25, 0.25]),
]:
    concentration = [float32(each) for each in concentration]
    # Logarithms of the point are the argument; float32 rounds them, so that they are taken from there.
    log_z = [float32(float(log(mpf(each)))) for each in z]
    total = sum(exp(mpf(each)) for each in log_z)
    exact = [exp(mpf(each)) / total for each in log_z]
    orders = list(itertools.permutations(range(len(z))))
    logs = [log_density(exact, [mpf(each) for each in concentration], order) for order in orders]
    sticks.append({
        "concentration": concentration,
        "logZ": log_z,
        "order": list(orders[len(orders) // 2]),
        "logDensity": float(logs[len(orders) // 2]),
        "overOrders": float(log(sum(exp(each) for each in logs) / len(logs))),
    })

file = Path(__file__).parents[1].joinpath("fixtures", "kumaraswamy.json")
groups = {"shares": shares, "draws": draws, "divergences": divergences, "sticks": sticks}
text = ",\n".join(
    f'"{name}": [\n' + ",\n".join(json.dumps(each) for each in values) + "\n]" for name, values in groups.items()
)
file.write_text("{\n" + text + "\n}\n")
