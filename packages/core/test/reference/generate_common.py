"""Float64 reference values of the distributions that torch and TensorFlow Probability have beside the rest: writes ../fixtures/common.json.

    python -m venv venv && venv/bin/pip install -r requirements-continuous.txt && venv/bin/python generate_common.py

Parameters and points are rounded to float32 first. mpmath (50 digits) makes densities, tails, quantiles and moments from the
textbook definitions, scipy checks them, torch (float64) makes the divergences and what it has of the continuous Bernoulli.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
import torch
import torch.distributions as td
from scipy import stats

mp.mp.dps = 50
torch.set_default_dtype(torch.float64)


def f32(x):
    return np.float32(x).astype(float).tolist()


def close(ours, theirs, rtol=1e-9):
    assert np.isclose(float(ours), float(theirs), rtol=rtol, atol=1e-12), (ours, theirs)


def logs(lower, upper):
    return float(mp.log(lower)), float(mp.log(upper))


def exponential(rate):
    def tails(x):
        return -mp.expm1(-rate * x), mp.exp(-rate * x)

    return dict(
        log_prob=lambda x: mp.log(rate) - rate * x,
        tails=tails,
        quantile=lambda p: -mp.log1p(-p) / rate,
        mean=1 / rate,
        variance=1 / rate**2,
        entropy=1 - mp.log(rate),
        scipy=stats.expon(scale=1 / float(rate)),
    )


def half_normal(scale):
    def tails(x):
        t = x / scale / mp.sqrt(2)
        return mp.erf(t), mp.erfc(t)

    return dict(
        log_prob=lambda x: mp.log(2 / mp.pi) / 2 - mp.log(scale) - (x / scale) ** 2 / 2,
        tails=tails,
        quantile=lambda p: scale * mp.sqrt(2) * mp.erfinv(p),
        mean=scale * mp.sqrt(2 / mp.pi),
        variance=scale**2 * (1 - 2 / mp.pi),
        entropy=mp.log(mp.pi * scale**2 / 2) / 2 + mp.mpf(1) / 2,
        scipy=stats.halfnorm(scale=float(scale)),
    )


def cauchy(loc, scale):
    def tails(x):
        t = (x - loc) / scale
        lower = mp.atan2(1, -t) / mp.pi
        return lower, mp.atan2(1, t) / mp.pi

    return dict(
        log_prob=lambda x: -mp.log(mp.pi * scale * (1 + ((x - loc) / scale) ** 2)),
        tails=tails,
        quantile=lambda p: loc - scale * mp.cot(mp.pi * p),
        mean=mp.nan,
        variance=mp.nan,
        entropy=mp.log(4 * mp.pi * scale),
        scipy=stats.cauchy(float(loc), float(scale)),
    )


def student(df, loc, scale):
    a = df / 2

    def tails(x):
        t = (x - loc) / scale
        y = df / (df + t**2)
        # betainc loses digits near 1, where the complement has them.
        tail = (mp.betainc(a, 0.5, 0, y, regularized=True) if y < 0.9 else 1 - mp.betainc(0.5, a, 0, t**2 / (df + t**2), regularized=True)) / 2
        return (tail, 1 - tail) if t < 0 else (1 - tail, tail)

    def quantile(p):
        q = mp.mpf(float(stats.t(float(df), float(loc), float(scale)).ppf(float(p))))
        density = lambda x: mp.exp(log_prob(x))
        for _ in range(4):
            q -= (tails(q)[0] - p) / density(q)
        return q

    def log_prob(x):
        t = (x - loc) / scale
        return mp.loggamma(a + 0.5) - mp.loggamma(a) - mp.log(df * mp.pi) / 2 - mp.log(scale) - (a + 0.5) * mp.log1p(t**2 / df)

    digamma = mp.digamma(a + 0.5) - mp.digamma(a)
    return dict(
        log_prob=log_prob,
        tails=tails,
        quantile=quantile,
        mean=loc if df > 1 else mp.nan,
        variance=scale**2 * df / (df - 2) if df > 2 else (mp.inf if df > 1 else mp.nan),
        entropy=(a + 0.5) * digamma + mp.log(mp.sqrt(df) * mp.beta(a, 0.5)) + mp.log(scale),
        scipy=stats.t(float(df), float(loc), float(scale)),
    )


def log_normal(loc, scale):
    def tails(x):
        t = (mp.log(x) - loc) / scale
        return mp.ncdf(t), mp.ncdf(-t)

    return dict(
        log_prob=lambda x: -mp.log(x * scale) - mp.log(2 * mp.pi) / 2 - ((mp.log(x) - loc) / scale) ** 2 / 2,
        tails=tails,
        quantile=lambda p: mp.exp(loc + scale * mp.sqrt(2) * mp.erfinv(2 * p - 1)),
        mean=mp.exp(loc + scale**2 / 2),
        variance=mp.expm1(scale**2) * mp.exp(2 * loc + scale**2),
        entropy=loc + mp.log(2 * mp.pi * mp.e * scale**2) / 2,
        scipy=stats.lognorm(float(scale), scale=float(mp.exp(loc))),
    )


def continuous_bernoulli(eta):
    log_partition = mp.log(mp.expm1(eta) / eta) if eta else mp.mpf(0)
    mean = 1 / -mp.expm1(-eta) - 1 / eta if eta else mp.mpf(1) / 2
    variance = 1 / eta**2 - 1 / (2 * mp.sinh(eta / 2)) ** 2 if eta else mp.mpf(1) / 12

    def tails(x):
        if not eta:
            return x, 1 - x
        return mp.expm1(eta * x) / mp.expm1(eta), mp.expm1(-eta * (1 - x)) / mp.expm1(-eta)

    return dict(
        log_prob=lambda x: eta * x - log_partition,
        tails=tails,
        quantile=lambda p: mp.log1p(p * mp.expm1(eta)) / eta if eta else p,
        mean=mean,
        variance=variance,
        entropy=log_partition - eta * mean,
        scipy=None,
    )


families = {
    "Exponential": (exponential, ["rate"], [[1], [0.01], [300]], [1e-6, 0.003, 0.5, 2, 40, 300]),
    "HalfNormal": (half_normal, ["scale"], [[1], [0.02], [50]], [1e-6, 0.003, 0.5, 1, 2, 9, 300]),
    "Cauchy": (cauchy, ["loc", "scale"], [[0, 1], [0.3, 1.5], [-40, 0.01]], [-1e30, -1e6, -39.995, -3, 0, 0.3, 1, 77, 1e25]),
    "StudentT": (
        student,
        ["df", "loc", "scale"],
        [[1, 0, 1], [4, 0.5, 2], [0.3, 0, 1], [1.5, 0, 1], [30, 0, 1], [1000, 0, 1], [1e6, -1, 0.5]],
        [-1e25, -1e4, -12, -3, -0.7, 0, 0.001, 0.5, 2, 6, 50],
    ),
    "LogNormal": (log_normal, ["loc", "scale"], [[0, 1], [-1, 0.2], [2, 3]], [1e-30, 1e-6, 0.1, 0.4, 1, 3, 50, 1e6]),
    "ContinuousBernoulli": (
        continuous_bernoulli,
        ["logits"],
        [[e] for e in (0, 1e-6, -1e-4, 0.01, -0.019, 0.021, 0.3, -0.49, 0.51, 0.99, -1.01, 1.49, -1.51, 2, -5, 10, 30, -90, 1000, -1e4)],
        [1e-7, 1e-4, 0.01, 0.3, 0.5, 0.8, 0.999],
    ),
}

output = {"univariate": [], "kl": [], "multinomial": [], "torchContinuousBernoulli": []}
for family, (build, names, parameters, xs) in families.items():
    for values in parameters:
        values = [f32(v) for v in values]
        law = build(*(mp.mpf(v) for v in values))
        points = []
        for x in map(f32, xs):
            log_prob = law["log_prob"](mp.mpf(x))
            lower, upper = law["tails"](mp.mpf(x))
            if not (lower > mp.mpf("1e-400") and upper > mp.mpf("1e-400")):
                continue
            points.append(dict(x=x, logProb=float(log_prob), logCdf=logs(lower, upper)[0], logSurvival=logs(lower, upper)[1]))
            if law["scipy"] is not None and abs(x) < 1e6:
                close(log_prob, law["scipy"].logpdf(x), 1e-7)
        quantiles = [dict(p=p, x=float(law["quantile"](mp.mpf(p)))) for p in map(f32, (1e-6, 0.01, 0.3, 0.5, 0.77, 0.9999))]
        row = dict(family=family, parameters=dict(zip(names, values)), points=points, quantiles=quantiles)
        for key in ("mean", "variance", "entropy"):
            value = float(law[key])
            row[key] = value if np.isfinite(value) else "NaN" if np.isnan(value) else "Infinity"
        output["univariate"].append(row)

# torch's continuous Bernoulli, in float64 with its cut around 1/2 narrowed as far as it goes.
for probs in (0.05, 0.3, 0.45, 0.499, 0.5, 0.52, 0.9, 0.999):
    probs = f32(probs)
    law = td.ContinuousBernoulli(probs=torch.tensor(probs), lims=(0.49999, 0.50001))
    xs = [f32(x) for x in (0.0, 0.2, 0.6, 1.0)]
    output["torchContinuousBernoulli"].append(
        dict(
            probs=probs,
            mean=law.mean.item(),
            variance=law.variance.item(),
            entropy=law.entropy().item(),
            points=[dict(x=x, logProb=law.log_prob(torch.tensor(x)).item(), cdf=law.cdf(torch.tensor(x)).item()) for x in xs],
            quantiles=[dict(p=p, x=law.icdf(torch.tensor(p)).item()) for p in (f32(q) for q in (0.1, 0.5, 0.8))],
        )
    )


def kl(family, q, p, value, second=None):
    as_lists = lambda params: {k: v.tolist() if torch.is_tensor(v) else v for k, v in params.items()}
    output["kl"].append(dict(family=family, second=second or family, q=as_lists(q), p=as_lists(p), value=float(value)))


def t32(x):
    return torch.tensor(np.asarray(x, dtype=np.float32).astype(np.float64))


for a, b in [(1, 2), (3, 3.001), (0.01, 100), (1e10, 1e-3)]:
    q, p = t32(a), t32(b)
    kl("Exponential", dict(rate=q), dict(rate=p), td.kl_divergence(td.Exponential(q), td.Exponential(p)))
for rate, (c, r) in [(2, (3, 1)), (0.5, (1.001, 0.5)), (10, (0.2, 4))]:
    rate, c, r = t32(rate), t32(c), t32(r)
    kl("Exponential", dict(rate=rate), dict(concentration=c, rate=r), td.kl_divergence(td.Exponential(rate), td.Gamma(c, r)), "Gamma")
    kl("Gamma", dict(concentration=c, rate=r), dict(rate=rate), td.kl_divergence(td.Gamma(c, r), td.Exponential(rate)), "Exponential")
for a, b in [(1, 2), (3, 3.001), (0.01, 100)]:
    q, p = t32(a), t32(b)
    kl("HalfNormal", dict(scale=q), dict(scale=p), td.kl_divergence(td.HalfNormal(q), td.HalfNormal(p)))
for a, b in [((0, 1), (0.5, 2)), ((1, 1), (1.001, 1.001)), ((-100, 0.01), (50, 3))]:
    (l, s), (m, r) = [[t32(v) for v in pair] for pair in (a, b)]
    exact = mp.log(((mp.mpf(s.item()) + r.item()) ** 2 + (mp.mpf(l.item()) - m.item()) ** 2) / (4 * mp.mpf(s.item()) * r.item()))
    # By quadrature, too.
    if a[0] >= 0:
        integrand = lambda x: (mp.mpf(1) / (mp.pi * s.item() * (1 + ((x - l.item()) / s.item()) ** 2))) * mp.log(
            (r.item() * (1 + ((x - m.item()) / r.item()) ** 2)) / (s.item() * (1 + ((x - l.item()) / s.item()) ** 2))
        )
        close(exact, mp.quad(integrand, [-mp.inf, -10, 0, 0.5, 1, 10, mp.inf]), 1e-5)
    kl("Cauchy", dict(loc=l, scale=s), dict(loc=m, scale=r), float(exact))
for a, b in [((0, 1), (0.5, 2)), ((1, 1), (1.001, 1.001))]:
    (l, s), (m, r) = [[t32(v) for v in pair] for pair in (a, b)]
    kl("LogNormal", dict(loc=l, scale=s), dict(loc=m, scale=r), td.kl_divergence(td.LogNormal(l, s), td.LogNormal(m, r)))
for a, b in [(0.1, 0.7), (0.5, 0.501), (0.999, 0.2), (0.3, 0.5)]:
    q, p = t32(a), t32(b)
    lims = (0.4999999, 0.5000001)
    kl("ContinuousBernoulli", dict(probs=q), dict(probs=p), td.kl_divergence(td.ContinuousBernoulli(q, lims=lims), td.ContinuousBernoulli(p, lims=lims)))
for a, b in [(0, 1e-3), (1, 1.001), (-3, 4), (50, 49), (-1e4, -9e3), (-1e4, 1e4), (0.3, 1.31), (2, 0.9), (1e3, 1e-3)]:
    a, b = mp.mpf(f32(a)), mp.mpf(f32(b))
    A = lambda e: mp.log(mp.expm1(e) / e) if e else mp.mpf(0)
    mean = 1 / -mp.expm1(-a) - 1 / a if a else mp.mpf(1) / 2
    kl("ContinuousBernoulli", dict(logits=float(a)), dict(logits=float(b)), float((a - b) * mean - A(a) + A(b)))
loc, scale = t32([0.5, -1, 2]), t32([0.3, 1, 2])
tril = t32([[1, 0, 0], [0.5, 2, 0], [-0.3, 0.1, 0.7]])
diag, full = td.MultivariateNormal(loc, scale_tril=torch.diag(scale)), td.MultivariateNormal(torch.zeros(3), scale_tril=tril)
other = dict(loc=t32([0, 0, 1]), scaleDiag=t32([1, 1, 0.5]))
kl("MultivariateNormalDiag", dict(loc=loc, scaleDiag=scale), other, td.kl_divergence(diag, td.MultivariateNormal(other["loc"], scale_tril=torch.diag(other["scaleDiag"]))))
kl("MultivariateNormalDiag", dict(loc=loc, scaleDiag=scale), dict(loc=[0, 0, 0], scaleTril=tril), td.kl_divergence(diag, full), "MultivariateNormalTriL")
kl("MultivariateNormalTriL", dict(loc=[0, 0, 0], scaleTril=tril), dict(loc=loc, scaleDiag=scale), td.kl_divergence(full, diag), "MultivariateNormalDiag")
for n, q, p in [(10, [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]), (1000, [0.1, 0.9], [0.11, 0.89]), (5, [0, 0.5, 0.5], [0.1, 0.4, 0.5])]:
    q, p = t32(q), t32(p)
    terms = torch.where(q > 0, q * (q.log() - p.log()), torch.zeros(()))
    kl("Multinomial", dict(totalCount=n, probs=q), dict(totalCount=n, probs=p), n * terms.sum())

for n, probs, x in [
    (10, [0.2, 0.3, 0.5], [2, 3, 5]),
    (10, [0.2, 0.3, 0.5], [10, 0, 0]),
    (0, [0.5, 0.5], [0, 0]),
    (1000000, [0.25, 0.25, 0.5], [250100, 249800, 500100]),
    (7, [1.0], [7]),
    (6, [0, 0.5, 0.5], [0, 2, 4]),
    (60, [0.01] * 100, [1] * 60 + [0] * 40),
]:
    p = np.asarray(probs, dtype=np.float32).astype(np.float64)
    exact = mp.loggamma(n + 1) + sum(k * mp.log(mp.mpf(v)) - mp.loggamma(k + 1) if k else mp.mpf(0) for k, v in zip(x, p)) - n * mp.log(mp.fsum(p))
    close(exact, stats.multinomial(n, p / p.sum()).logpmf(x))
    output["multinomial"].append(dict(totalCount=n, probs=p.tolist(), x=x, logProb=float(exact)))

target = pathlib.Path(__file__).parent.parent / "fixtures" / "common.json"
target.write_text(json.dumps(output, indent=1) + "\n")
