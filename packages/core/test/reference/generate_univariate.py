"""Float64 reference values of the univariate distributions: writes ../fixtures/univariate.json.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate_univariate.py

Arguments are rounded to float32 first, so that a float32 program is compared at exactly the arguments it sees.
scipy makes densities and cdfs, mpmath the divergences (by quadrature) and log-gamma.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
from scipy import special, stats

mp.mp.dps = 30


def f32(x):
    return float(np.float32(x))


def plain(x):
    """JSON has no infinities."""
    return float(x) if np.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


families = {"Normal": stats.norm, "Gumbel": stats.gumbel_r, "Logistic": stats.logistic}
parameters = [(0.0, 1.0), (0.3, 2.5), (-80.0, 0.01), (1000.0, 30.0)]
standard = [-1e4, -80.0, -20.0, -6.0, -3.0, -1.0, -0.25, -1e-3, 0.0, 1e-3, 0.25, 1.0, 3.0, 6.0, 20.0, 80.0, 1e4]
probabilities = [0.0, 1e-30, 1e-12, 1e-6, 0.01, 0.07, 0.25, 0.4999, 0.5, 0.5001, 0.75, 0.93, 0.99, 0.999999, 1.0]


def log_cdf(family, t):
    """log P(noise <= t) and log P(noise > t) with mpmath, where scipy's own lose digits."""
    t = mp.mpf(t)
    if family == "Normal":
        lower, upper = mp.erfc(-t / mp.sqrt(2)) / 2, mp.erfc(t / mp.sqrt(2)) / 2
        return float(mp.log(lower)), float(mp.log(upper))
    if family == "Gumbel":
        hazard = mp.exp(-t)
        return float(-hazard), float(mp.log(-mp.expm1(-hazard)))
    return float(-mp.log1p(mp.exp(-t))), float(-mp.log1p(mp.exp(t)))


output = {"families": {}, "kl": [], "logGammaOfOnePlus": []}
for name, family in families.items():
    entry = {"moments": [], "points": [], "tails": [], "quantiles": []}
    for loc, scale in parameters:
        loc, scale = f32(loc), f32(scale)
        law = family(loc=loc, scale=scale)
        entry["moments"].append(
            dict(loc=loc, scale=scale, mean=law.mean(), variance=law.var(), entropy=float(law.entropy()))
        )
        for t in standard:
            x = f32(loc + scale * t)
            entry["points"].append(dict(loc=loc, scale=scale, x=x, logProb=plain(law.logpdf(x))))
    mp.mp.dps = 60
    for t in standard:
        t = f32(t)
        if name == "Gumbel" and t < -80:
            continue
        lower, upper = log_cdf(name, t)
        entry["tails"].append(dict(t=t, logCdf=lower, logSurvival=upper))
    mp.mp.dps = 30
    for p in probabilities:
        p = f32(p)
        entry["quantiles"].append(dict(p=p, x=plain(family.ppf(p))))
    output["families"][name] = entry


def density(name, loc, scale):
    loc, scale = mp.mpf(loc), mp.mpf(scale)

    def log_pdf(x):
        t = (x - loc) / scale
        if name == "Normal":
            return -t * t / 2 - mp.log(scale * mp.sqrt(2 * mp.pi))
        if name == "Gumbel":
            return -(t + mp.exp(-t)) - mp.log(scale)
        return -t - 2 * mp.log1p(mp.exp(-t)) - mp.log(scale) if t > 0 else t - 2 * mp.log1p(mp.exp(t)) - mp.log(scale)

    return log_pdf


pairs = [
    ("Normal", (0.5, 1.0), (0.0, 2.0)),
    ("Normal", (0.0, 1.0), (0.0, 1.001)),
    ("Normal", (3.0, 0.01), (0.0, 1.0)),
    ("Gumbel", (0.5, 1.0), (0.0, 2.0)),
    ("Gumbel", (-1.0, 2.0), (0.5, 0.7)),
    ("Gumbel", (0.0, 1.0), (0.0, 1.0)),
    ("Logistic", (0.0, 1.0), (0.0, 1.0)),
    ("Logistic", (0.01, 1.0), (0.0, 1.0)),
    ("Logistic", (0.5, 1.5), (0.0, 1.5)),
    ("Logistic", (3.0, 0.5), (-1.0, 0.5)),
]
for name, q, p in pairs:
    q, p = [f32(v) for v in q], [f32(v) for v in p]
    log_q, log_p = density(name, *q), density(name, *p)
    low, high = (30, 60) if name == "Gumbel" else (60, 60)
    edges = [q[0] + q[1] * mp.mpf(step) / 2 for step in range(-low if name != "Gumbel" else -12, high)]
    if name == "Logistic":
        edges = [q[0] + q[1] * step for step in range(-60, 61, 2)]
    value = mp.quad(lambda x: mp.exp(log_q(x)) * (log_q(x) - log_p(x)), edges)
    output["kl"].append(dict(family=name, q=q, p=p, value=float(value)))

for x in [0.0, 1e-4, 0.1, 0.5, 1.0, 1.4616321, 3.0, 17.5, 250.0, 1e4]:
    x = f32(x)
    output["logGammaOfOnePlus"].append(dict(x=x, value=float(special.gammaln(1.0 + x)), slope=float(special.digamma(1.0 + x))))

path = pathlib.Path(__file__).parent.with_name("fixtures") / "univariate.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(output, indent=1) + "\n")
