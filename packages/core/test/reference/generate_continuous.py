"""Float64 reference values of the continuous distributions and of all divergences: writes ../fixtures/continuous.json.

    python -m venv venv && venv/bin/pip install -r requirements-continuous.txt && venv/bin/python generate_continuous.py

Numbers are rounded to float32 first. scipy makes densities and moments, mpmath the tails in logs, torch (float64) the
divergences, and central differences of scipy's quantiles the gradients of gamma draws.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
import torch
import torch.distributions as td
from scipy import special, stats

mp.mp.dps = 40
torch.set_default_dtype(torch.float64)


def f32(x):
    return np.float32(x).astype(float).tolist()


output = {"univariate": [], "gammaSlopes": [], "digamma": [], "vectors": [], "kl": []}


def tails_of_beta(a, b, x):
    x = mp.mpf(x)
    lower = mp.betainc(a, b, 0, x, regularized=True) if x < mp.mpf(a) / (a + b) else 1 - mp.betainc(b, a, 0, 1 - x, regularized=True)
    upper = 1 - lower if x < mp.mpf(a) / (a + b) else mp.betainc(b, a, 0, 1 - x, regularized=True)
    return float(mp.log(lower)), float(mp.log(upper))


def tails_of_gamma(a, rate, x):
    scaled = mp.mpf(rate) * x
    if scaled > a:
        upper = mp.gammainc(a, scaled, regularized=True)
        return float(mp.log1p(-upper)), float(mp.log(upper))
    lower = mp.gammainc(a, 0, scaled, regularized=True)
    return float(mp.log(lower)), float(mp.log1p(-lower))


for a, b in [(0.01, 0.02), (0.5, 0.5), (1, 1), (2, 5), (0.3, 40), (200, 300), (5000, 20)]:
    a, b = f32(a), f32(b)
    law = stats.beta(a, b)
    points = []
    spread = law.std()
    for x in [1e-20, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999] + [law.mean() + z * spread for z in (-8, -4, -1, 0, 1, 4, 8)]:
        x = f32(x)
        if not 0 < x < 1:
            continue
        lower, upper = tails_of_beta(a, b, x)
        if min(lower, upper) > -1e3:
            points.append(dict(x=x, logProb=float(law.logpdf(x)), logCdf=lower, logSurvival=upper))
    output["univariate"].append(
        dict(family="Beta", parameters=dict(concentration1=a, concentration0=b), points=points, mean=law.mean(), variance=law.var(), entropy=float(law.entropy()))
    )
for a, rate in [(0.001, 1), (0.05, 3), (0.5, 1), (1, 2), (3, 2), (50, 0.1), (3000, 7), (200000, 1)]:
    a, rate = f32(a), f32(rate)
    law = stats.gamma(a, scale=1 / rate)
    points = []
    for x in [1e-20, 1e-6, 0.01, 1.0, 30.0] + [law.mean() + z * law.std() for z in (-6, -2, -0.5, 0, 0.5, 2, 6, 30)]:
        x = f32(x)
        if x <= 0:
            continue
        if abs(float(law.logpdf(x))) > 1e3:
            continue
        lower, upper = tails_of_gamma(a, rate, x)
        points.append(dict(x=x, logProb=float(law.logpdf(x)), logCdf=lower, logSurvival=upper))
    entropy = float(td.Gamma(a, rate).entropy())
    output["univariate"].append(
        dict(family="Gamma", parameters=dict(concentration=a, rate=rate), points=points, mean=law.mean(), variance=law.var(), entropy=entropy)
    )
for a, b in [(0.2, 0.7), (1, 1), (2, 5), (30, 0.1)]:
    a, b = f32(a), f32(b)
    points = []
    for x in [1e-20, 1e-3, 0.3, 0.7, 0.999]:
        x = f32(x)
        power = mp.mpf(x) ** mp.mpf(a)
        log_prob = mp.log(a) + mp.log(b) + (mp.mpf(a) - 1) * mp.log(x) + (mp.mpf(b) - 1) * mp.log1p(-power)
        upper = mp.mpf(b) * mp.log1p(-power)
        points.append(dict(x=x, logProb=float(log_prob), logCdf=float(mp.log(-mp.expm1(upper))), logSurvival=float(upper)))
    law = td.Kumaraswamy(a, b)
    entropy = float((1 - 1 / b) + (1 - 1 / a) * (mp.digamma(b + 1) + mp.euler) - mp.log(mp.mpf(a) * b))
    output["univariate"].append(
        dict(family="Kumaraswamy", parameters=dict(concentration1=a, concentration0=b), points=points, mean=float(law.mean), variance=float(law.variance), entropy=entropy)
    )
for loc, scale in [(0, 1), (-80, 0.01)]:
    loc, scale = f32(loc), f32(scale)
    law = stats.laplace(loc, scale)
    points = []
    for t in [-90, -3, -0.2, 0, 1, 90]:
        x = f32(loc + t * scale)
        t = (mp.mpf(x) - loc) / scale
        tail = -abs(t) - mp.log(2)
        other = mp.log1p(-mp.exp(tail))
        points.append(dict(x=x, logProb=float(law.logpdf(x)), logCdf=float(tail if t < 0 else other), logSurvival=float(other if t < 0 else tail)))
    output["univariate"].append(dict(family="Laplace", parameters=dict(loc=loc, scale=scale), points=points, mean=law.mean(), variance=law.var(), entropy=float(law.entropy())))

for a in [0.01, 0.1, 0.5, 1, 3, 10, 100, 1e4]:
    a = f32(a)
    for p in [1e-4, 0.05, 0.3, 0.5, 0.8, 0.99, 0.9999]:
        x = f32(special.gammaincinv(a, p))
        if x < 1e-35:
            continue
        mp.mp.dps = 30
        cdf = lambda s: mp.gammainc(s, 0, x, regularized=True)
        slope = -mp.diff(cdf, a) / (mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a)) * x)
        output["gammaSlopes"].append(dict(a=a, x=x, logX=float(np.log(x)), slope=float(slope)))
for x in [1e-3, 0.1, 0.5, 1, 1.4616321, 3, 5.999, 6, 50, 1e4]:
    x = f32(x)
    output["digamma"].append(dict(x=x, value=float(special.digamma(x)), gap=float(mp.log(x) - mp.digamma(x)), slope=float(special.polygamma(1, x))))

for concentration, x in [([1, 2, 3], [0.2, 0.3, 0.5]), ([0.1, 0.2, 0.3, 0.05], [1e-6, 0.5, 0.4, 0.1]), ([300, 20, 1000], [0.25, 0.02, 0.73])]:
    concentration, x = f32(concentration), f32(x)
    law = td.Dirichlet(torch.tensor(concentration), validate_args=False)
    output["vectors"].append(dict(family="Dirichlet", parameters=dict(concentration=concentration), x=x, logProb=float(law.log_prob(torch.tensor(x))), variance=law.variance.tolist(), entropy=float(law.entropy())))
for loc, tril, x in [([0, 1], [[1, 0], [0.8, 0.6]], [0.5, -1]), ([1, 2, 3], [[0.1, 0, 0], [50, 2, 0], [-3, 0.5, 1e-2]], [1.1, 50, 0])]:
    loc, tril, x = f32(loc), f32(tril), f32(x)
    law = td.MultivariateNormal(torch.tensor(loc), scale_tril=torch.tensor(tril))
    output["vectors"].append(dict(family="MultivariateNormalTriL", parameters=dict(loc=loc, scaleTril=tril), x=x, logProb=float(law.log_prob(torch.tensor(x))), variance=law.variance.tolist(), entropy=float(law.entropy())))

names = {
    "Normal": lambda q: td.Normal(q["loc"], q["scale"]),
    "Laplace": lambda q: td.Laplace(q["loc"], q["scale"]),
    "Uniform": lambda q: td.Uniform(q["low"], q["high"]),
    "Beta": lambda q: td.Beta(q["concentration1"], q["concentration0"]),
    "Gamma": lambda q: td.Gamma(q["concentration"], q["rate"]),
    "Dirichlet": lambda q: td.Dirichlet(torch.tensor(q["concentration"])),
    "MultivariateNormalTriL": lambda q: td.MultivariateNormal(torch.tensor(q["loc"]), scale_tril=torch.tensor(q["scaleTril"])),
    "Poisson": lambda q: td.Poisson(torch.tensor(q["rate"])),
    "Geometric": lambda q: td.Geometric(torch.tensor(q["probs"])),
    "Bernoulli": lambda q: td.Bernoulli(torch.tensor(q["probs"])),
    "Categorical": lambda q: td.Categorical(torch.tensor(q["probs"])),
    "Binomial": lambda q: td.Binomial(q["totalCount"], torch.tensor(q["probs"])),
}
pairs = [
    ("Normal", dict(loc=0.5, scale=1), dict(loc=-1, scale=3)),
    ("Laplace", dict(loc=0.5, scale=1), dict(loc=-1, scale=3)),
    ("Laplace", dict(loc=0, scale=1), dict(loc=0, scale=1.001)),
    ("Laplace", dict(loc=100, scale=0.01), dict(loc=0, scale=2)),
    ("Uniform", dict(low=0.25, high=1), dict(low=-1, high=3)),
    ("Uniform", dict(low=0.25, high=4), dict(low=-1, high=3)),
    ("Beta", dict(concentration1=2, concentration0=5), dict(concentration1=0.5, concentration0=0.5)),
    ("Beta", dict(concentration1=0.1, concentration0=0.2), dict(concentration1=3, concentration0=1)),
    ("Beta", dict(concentration1=500, concentration0=700), dict(concentration1=510, concentration0=690)),
    ("Gamma", dict(concentration=3, rate=2), dict(concentration=0.5, rate=1)),
    ("Gamma", dict(concentration=1000, rate=20), dict(concentration=1010, rate=20.1)),
    ("Gamma", dict(concentration=0.01, rate=1), dict(concentration=1, rate=1)),
    ("Dirichlet", dict(concentration=[1, 2, 3]), dict(concentration=[0.5, 0.5, 4])),
    ("Dirichlet", dict(concentration=[100, 200, 300, 5]), dict(concentration=[110, 190, 300, 5])),
    ("MultivariateNormalTriL", dict(loc=[0, 1], scaleTril=[[1, 0], [0.8, 0.6]]), dict(loc=[1, 1], scaleTril=[[2, 0], [-0.3, 0.7]])),
    ("MultivariateNormalTriL", dict(loc=[0, 1, 2], scaleTril=[[1, 0, 0], [0.8, 0.6, 0], [3, 2, 1]]), dict(loc=[0, 1, 2], scaleTril=[[1.01, 0, 0], [0.8, 0.61, 0], [3, 2.02, 1]])),
    ("Poisson", dict(rate=4), dict(rate=7)),
    ("Geometric", dict(probs=0.3), dict(probs=0.6)),
    ("Bernoulli", dict(probs=0.3), dict(probs=0.6)),
    ("Categorical", dict(probs=[0.5, 0.25, 0.25]), dict(probs=[0.125, 0.25, 0.625])),
    ("Binomial", dict(totalCount=12, probs=0.3), dict(totalCount=12, probs=0.6)),
]
for family, q, p in pairs:
    q, p = [{key: f32(value) for key, value in side.items()} for side in (q, p)]
    value = float(td.kl_divergence(names[family](q), names[family](p)))
    output["kl"].append(dict(family=family, q=q, p=p, value=value if np.isfinite(value) else "Infinity"))

path = pathlib.Path(__file__).parent.with_name("fixtures") / "continuous.json"
path.write_text(json.dumps(output, indent=1) + "\n")
