"""Float64 reference values of every univariate distribution by every function: writes ../fixtures/matrix.json.

    python -m venv venv && venv/bin/pip install -r requirements-matrix.txt && venv/bin/python generate_matrix.py

Each row is a distribution with its parameters. Points cover the inside of the support, its edges, values outside of it and infinities; parameters
cover scales of 1e-20 and 1e20. Arguments are rounded to float32 first. mpmath (60 digits) takes densities and tails from the textbook
definitions and differentiates the log-densities; scipy confirms densities, cdfs and moments where its own range allows it.
"""

import json
import math
import pathlib
import warnings

import mpmath as mp
import numpy as np
from scipy import stats

mp.mp.dps = 60
warnings.filterwarnings("ignore")
inf, nan = mp.inf, mp.nan


def f32(x):
    return float(np.float32(x))


def plain(x):
    x = float(x)
    return x if math.isfinite(x) else "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def log(x):
    return mp.log(x) if x > 0 else -inf


class Law:
    """Log-density, both tails and moments; `within` says where the formulas hold, `ends` what the support is."""

    ends = (-inf, inf)
    names = ()
    discrete = False

    def __init__(self, *p):
        self.p = p

    def log_prob(self, x):
        low, high = self.ends_of()
        if x < low or x > high or mp.isinf(x) or (self.discrete and x != mp.floor(x)):
            return -inf
        return self.log_density(x, *self.p)

    def ends_of(self):
        return self.ends

    def tails(self, x):
        low, high = self.ends_of()
        x = mp.floor(x) if self.discrete and not mp.isinf(x) else x
        if x < low or (x == low and not self.discrete):
            return mp.mpf(0), mp.mpf(1)
        if x >= high:
            return mp.mpf(1), mp.mpf(0)
        return self.inner_tails(x, *self.p)

    def stddev(self):
        return mp.sqrt(self.variance(*self.p))


class Standard(Law):
    """loc + scale noise."""

    names = ("loc", "scale")

    def log_density(self, x, loc, scale):
        return self.noise((x - loc) / scale) - mp.log(scale)

    def inner_tails(self, x, loc, scale):
        return self.noise_tails((x - loc) / scale)

    def mean(self, loc, scale):
        return loc + scale * self.moments[0]

    def mode(self, loc, scale):
        return loc

    def variance(self, loc, scale):
        return scale**2 * self.moments[1]

    def entropy(self, loc, scale):
        return mp.log(scale) + self.moments[2]

    def quantile(self, q, loc, scale):
        return loc + scale * self.noise_quantile(q)


class Normal(Standard):
    moments = (0, 1, mp.log(2 * mp.pi * mp.e) / 2)
    scipy = stats.norm
    noise = staticmethod(lambda t: -(t**2) / 2 - mp.log(2 * mp.pi) / 2)
    noise_tails = staticmethod(lambda t: (mp.erfc(-t / mp.sqrt(2)) / 2, mp.erfc(t / mp.sqrt(2)) / 2))
    noise_quantile = staticmethod(lambda q: mp.sqrt(2) * mp.erfinv(2 * q - 1))


class Laplace(Standard):
    moments = (0, 2, 1 + mp.log(2))
    scipy = stats.laplace
    noise = staticmethod(lambda t: -abs(t) - mp.log(2))
    noise_tails = staticmethod(lambda t: (mp.exp(t) / 2, 1 - mp.exp(t) / 2) if t < 0 else (1 - mp.exp(-t) / 2, mp.exp(-t) / 2))
    noise_quantile = staticmethod(lambda q: mp.log(2 * q) if q < 0.5 else -mp.log(2 * (1 - q)))


class Logistic(Standard):
    moments = (0, mp.pi**2 / 3, 2)
    scipy = stats.logistic
    noise = staticmethod(lambda t: -t - 2 * mp.log1p(mp.exp(-t)))
    noise_tails = staticmethod(lambda t: (1 / (1 + mp.exp(-t)), 1 / (1 + mp.exp(t))))
    noise_quantile = staticmethod(lambda q: mp.log(q / (1 - q)))


class Gumbel(Standard):
    moments = (mp.euler, mp.pi**2 / 6, 1 + mp.euler)
    scipy = stats.gumbel_r
    noise = staticmethod(lambda t: -t - mp.exp(-t))
    noise_tails = staticmethod(lambda t: (mp.exp(-mp.exp(-t)), -mp.expm1(-mp.exp(-t))))
    noise_quantile = staticmethod(lambda q: -mp.log(-mp.log(q)))


class Cauchy(Standard):
    moments = (nan, nan, mp.log(4 * mp.pi))
    scipy = stats.cauchy
    noise = staticmethod(lambda t: -mp.log(mp.pi * (1 + t**2)))
    noise_tails = staticmethod(lambda t: (mp.atan2(1, -t) / mp.pi, mp.atan2(1, t) / mp.pi))
    noise_quantile = staticmethod(lambda q: -mp.cot(mp.pi * q))


class StudentT(Law):
    names = ("df", "loc", "scale")
    scipy = staticmethod(lambda df, loc, scale: stats.t(df, loc, scale))

    def log_density(self, x, df, loc, scale):
        t = (x - loc) / scale
        constant = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
        return constant - mp.log(scale) - (df + 1) / 2 * mp.log1p(t**2 / df)

    def inner_tails(self, x, df, loc, scale):
        t = (x - loc) / scale
        tail = mp.betainc(df / 2, 0.5, 0, df / (df + t**2), regularized=True) / 2
        return (tail, 1 - tail) if t < 0 else (1 - tail, tail)

    def mean(self, df, loc, scale):
        return loc if df > 1 else nan

    def mode(self, df, loc, scale):
        return loc

    def variance(self, df, loc, scale):
        return scale**2 * df / (df - 2) if df > 2 else inf if df > 1 else nan

    def entropy(self, df, loc, scale):
        a = df / 2
        return (a + 0.5) * (mp.digamma(a + 0.5) - mp.digamma(a)) + mp.log(mp.sqrt(df) * mp.beta(a, 0.5)) + mp.log(scale)


class Uniform(Law):
    names = ("low", "high")
    scipy = staticmethod(lambda low, high: stats.uniform(low, high - low))

    def ends_of(self):
        return self.p

    log_density = staticmethod(lambda x, low, high: -mp.log(high - low))
    inner_tails = staticmethod(lambda x, low, high: ((x - low) / (high - low), (high - x) / (high - low)))
    mean = staticmethod(lambda low, high: (low + high) / 2)
    mode = mean
    variance = staticmethod(lambda low, high: (high - low) ** 2 / 12)
    entropy = staticmethod(lambda low, high: mp.log(high - low))
    quantile = staticmethod(lambda q, low, high: low + q * (high - low))


class Positive(Law):
    ends = (mp.mpf(0), inf)


class Exponential(Positive):
    names = ("rate",)
    scipy = staticmethod(lambda rate: stats.expon(scale=1 / rate))
    log_density = staticmethod(lambda x, rate: mp.log(rate) - rate * x)
    inner_tails = staticmethod(lambda x, rate: (-mp.expm1(-rate * x), mp.exp(-rate * x)))
    mean = staticmethod(lambda rate: 1 / rate)
    mode = staticmethod(lambda rate: 0)
    variance = staticmethod(lambda rate: 1 / rate**2)
    entropy = staticmethod(lambda rate: 1 - mp.log(rate))
    quantile = staticmethod(lambda q, rate: -mp.log1p(-q) / rate)


class HalfNormal(Positive):
    names = ("scale",)
    scipy = staticmethod(lambda scale: stats.halfnorm(scale=scale))
    log_density = staticmethod(lambda x, scale: mp.log(2 / mp.pi) / 2 - mp.log(scale) - (x / scale) ** 2 / 2)
    inner_tails = staticmethod(lambda x, scale: (mp.erf(x / scale / mp.sqrt(2)), mp.erfc(x / scale / mp.sqrt(2))))
    mean = staticmethod(lambda scale: scale * mp.sqrt(2 / mp.pi))
    mode = staticmethod(lambda scale: 0)
    variance = staticmethod(lambda scale: scale**2 * (1 - 2 / mp.pi))
    entropy = staticmethod(lambda scale: mp.log(mp.pi * scale**2 / 2) / 2 + mp.mpf(1) / 2)
    quantile = staticmethod(lambda q, scale: scale * mp.sqrt(2) * mp.erfinv(q))


class LogNormal(Positive):
    names = ("loc", "scale")
    scipy = staticmethod(lambda loc, scale: stats.lognorm(scale, scale=math.exp(loc)))

    def log_density(self, x, loc, scale):
        return -inf if x == 0 else -mp.log(x) - mp.log(scale) - mp.log(2 * mp.pi) / 2 - ((mp.log(x) - loc) / scale) ** 2 / 2

    def inner_tails(self, x, loc, scale):
        t = (mp.log(x) - loc) / scale / mp.sqrt(2)
        return mp.erfc(-t) / 2, mp.erfc(t) / 2

    mean = staticmethod(lambda loc, scale: mp.exp(loc + scale**2 / 2))
    mode = staticmethod(lambda loc, scale: mp.exp(loc - scale**2))
    variance = staticmethod(lambda loc, scale: mp.expm1(scale**2) * mp.exp(2 * loc + scale**2))
    entropy = staticmethod(lambda loc, scale: loc + mp.log(2 * mp.pi * mp.e * scale**2) / 2)
    quantile = staticmethod(lambda q, loc, scale: mp.exp(loc + scale * mp.sqrt(2) * mp.erfinv(2 * q - 1)))


def power(exponent, log_x):
    """exponent * log_x with 0 * -inf = 0."""
    return mp.mpf(0) if exponent == 0 else exponent * log_x


class Gamma(Positive):
    names = ("concentration", "rate")
    scipy = staticmethod(lambda a, rate: stats.gamma(a, scale=1 / rate))
    log_density = staticmethod(lambda x, a, rate: a * mp.log(rate) + power(a - 1, log(x)) - rate * x - mp.loggamma(a))
    inner_tails = staticmethod(lambda x, a, rate: (mp.gammainc(a, 0, rate * x, regularized=True), mp.gammainc(a, rate * x, inf, regularized=True)))
    mean = staticmethod(lambda a, rate: a / rate)
    mode = staticmethod(lambda a, rate: max(a - 1, 0) / rate)
    variance = staticmethod(lambda a, rate: a / rate**2)
    entropy = staticmethod(lambda a, rate: a - mp.log(rate) + mp.loggamma(a) + (1 - a) * mp.digamma(a))


class Share(Law):
    ends = (mp.mpf(0), mp.mpf(1))
    names = ("concentration1", "concentration0")


class Beta(Share):
    scipy = staticmethod(lambda a, b: stats.beta(a, b))
    log_density = staticmethod(
        lambda x, a, b: power(a - 1, log(x)) + power(b - 1, log(1 - x)) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    )
    inner_tails = staticmethod(lambda x, a, b: (mp.betainc(a, b, 0, x, regularized=True), mp.betainc(b, a, 0, 1 - x, regularized=True)))
    mean = staticmethod(lambda a, b: a / (a + b))
    mode = staticmethod(lambda a, b: (a - 1) / (a + b - 2) if a > 1 and b > 1 else None)
    variance = staticmethod(lambda a, b: a * b / (a + b) ** 2 / (a + b + 1))
    entropy = staticmethod(
        lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b) - (a - 1) * mp.digamma(a) - (b - 1) * mp.digamma(b) + (a + b - 2) * mp.digamma(a + b)
    )


class Kumaraswamy(Share):
    scipy = None
    log_density = staticmethod(lambda x, a, b: mp.log(a * b) + power(a - 1, log(x)) + power(b - 1, log(1 - x**a)))
    inner_tails = staticmethod(lambda x, a, b: (-mp.expm1(b * mp.log1p(-(x**a))), (1 - x**a) ** b))
    mean = staticmethod(lambda a, b: mp.exp(mp.log(b) + mp.loggamma(1 + 1 / a) + mp.loggamma(b) - mp.loggamma(1 + 1 / a + b)))
    mode = staticmethod(lambda a, b: ((a - 1) / (a * b - 1)) ** (1 / a) if a > 1 and b > 1 else None)
    entropy = staticmethod(lambda a, b: 1 - 1 / b + (1 - 1 / a) * (mp.digamma(b + 1) + mp.euler) - mp.log(a * b))
    quantile = staticmethod(lambda q, a, b: (-mp.expm1(mp.log1p(-q) / b)) ** (1 / a))

    def variance(self, a, b):
        moment = lambda n: b * mp.exp(mp.loggamma(1 + n / a) + mp.loggamma(b) - mp.loggamma(1 + n / a + b))
        return moment(mp.mpf(2)) - moment(mp.mpf(1)) ** 2


class Tilted(Law):
    """Continuous Bernoulli."""

    ends = (mp.mpf(0), mp.mpf(1))
    names = ("logits",)
    scipy = None
    partition = staticmethod(lambda e: mp.log(mp.expm1(e) / e) if e else mp.mpf(0))
    log_density = staticmethod(lambda x, e: e * x - Tilted.partition(e))
    inner_tails = staticmethod(lambda x, e: (mp.expm1(e * x) / mp.expm1(e), mp.expm1(-e * (1 - x)) / mp.expm1(-e)) if e else (x, 1 - x))
    mean = staticmethod(lambda e: 1 / -mp.expm1(-e) - 1 / e if e else mp.mpf(1) / 2)
    mode = staticmethod(lambda e: (1 if e > 0 else 0) if e else None)
    variance = staticmethod(lambda e: 1 / e**2 - 1 / (2 * mp.sinh(e / 2)) ** 2 if e else mp.mpf(1) / 12)
    quantile = staticmethod(lambda q, e: mp.log1p(q * mp.expm1(e)) / e if e else q)

    def entropy(self, e):
        return self.partition(e) - e * self.mean(e)


class Count(Law):
    discrete = True
    ends = (mp.mpf(0), inf)

    def inner_tails(self, x, *p):
        lower = mp.fsum(mp.exp(self.log_prob(mp.mpf(k))) for k in range(int(x) + 1))
        return lower, self.upper(x, *p)


class Poisson(Count):
    names = ("rate",)
    scipy = staticmethod(lambda rate: stats.poisson(rate))
    log_density = staticmethod(lambda k, rate: power(k, log(rate)) - rate - mp.loggamma(k + 1))
    upper = staticmethod(lambda k, rate: mp.gammainc(k + 1, 0, rate, regularized=True) if rate else mp.mpf(0))
    mean = staticmethod(lambda rate: rate)
    variance = mean
    mode = staticmethod(lambda rate: mp.floor(rate))
    entropy = None


class Geometric(Count):
    names = ("probs",)
    scipy = staticmethod(lambda p: stats.geom(p, loc=-1))
    log_density = staticmethod(lambda k, p: power(k, log(1 - p)) + mp.log(p))
    upper = staticmethod(lambda k, p: (1 - p) ** (k + 1))
    mean = staticmethod(lambda p: (1 - p) / p)
    mode = staticmethod(lambda p: 0)
    variance = staticmethod(lambda p: (1 - p) / p**2)
    entropy = staticmethod(lambda p: -(power(1 - p, log(1 - p)) + p * mp.log(p)) / p)


class Binomial(Count):
    names = ("totalCount", "probs")
    scipy = staticmethod(lambda n, p: stats.binom(n, p))

    def ends_of(self):
        return mp.mpf(0), self.p[0]

    log_density = staticmethod(
        lambda k, n, p: mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1) + power(k, log(p)) + power(n - k, log(1 - p))
    )

    def upper(self, x, n, p):
        return mp.fsum(mp.exp(self.log_prob(mp.mpf(k))) for k in range(int(x) + 1, int(n) + 1))

    mean = staticmethod(lambda n, p: n * p)
    mode = staticmethod(lambda n, p: min(mp.floor((n + 1) * p), n))
    variance = staticmethod(lambda n, p: n * p * (1 - p))

    def entropy(self, n, p):
        logs = [self.log_prob(mp.mpf(k)) for k in range(int(n) + 1)]
        return -mp.fsum(mp.exp(v) * v for v in logs if not mp.isinf(v))


class NegativeBinomial(Count):
    names = ("totalCount", "probs")
    scipy = staticmethod(lambda n, p: stats.nbinom(n, p))
    log_density = staticmethod(lambda k, n, p: mp.loggamma(n + k) - mp.loggamma(k + 1) - mp.loggamma(n) + n * mp.log(p) + power(k, log(1 - p)))
    upper = staticmethod(lambda k, n, p: mp.betainc(k + 1, n, 0, 1 - p, regularized=True) if p < 1 else mp.mpf(0))
    mean = staticmethod(lambda n, p: n * (1 - p) / p)
    mode = staticmethod(lambda n, p: mp.floor(max((n - 1) * (1 - p) / p, 0)))
    variance = staticmethod(lambda n, p: n * (1 - p) / p**2)
    entropy = None


class Bernoulli(Count):
    names = ("probs",)
    ends = (mp.mpf(0), mp.mpf(1))
    scipy = staticmethod(lambda p: stats.bernoulli(p))
    log_density = staticmethod(lambda k, p: log(p) if k == 1 else log(1 - p))
    upper = staticmethod(lambda k, p: p)
    mean = staticmethod(lambda p: p)
    mode = staticmethod(lambda p: 1 if p > 0.5 else 0)
    variance = staticmethod(lambda p: p * (1 - p))
    entropy = staticmethod(lambda p: -(power(p, log(p)) + power(1 - p, log(1 - p))))


around = [-1e4, -40, -3, -0.5, -1e-3, 0, 1e-3, 0.5, 3, 40, 1e4]
scales = [(0, 1), (0.5, 3), (0, 1e-20), (0, 1e20), (1e20, 1e20), (3e-20, 1e-20), (-7, 1e-3)]
standard = [((loc, scale), [loc + scale * t for t in around]) for loc, scale in scales]
shares = [0, -1e-6, 1e-30, 1e-8, 0.01, 0.3, 0.5, 0.9, 0.999, 1, 1.1]
counts = [-1, -0.5, 0, 0.5, 1, 2, 7, 40]

rows = {
    Normal: standard,
    Laplace: standard,
    Logistic: standard,
    Gumbel: standard,
    Cauchy: standard,
    StudentT: [((df, loc, scale), [loc + scale * t for t in around]) for df, loc, scale in [(0.5, 0, 1), (3, 0.5, 3), (1e4, 0, 1), (3, 0, 1e-20), (3, 0, 1e20)]],
    Uniform: [
        ((0, 1), [-0.1, 0, 1e-30, 0.3, 1, 1.1]),
        ((-3, 5), [-4, -3, 0, 5, 6]),
        ((0, 1e-20), [-1e-20, 0, 3e-21, 1e-20, 1]),
        ((-1e20, 1e20), [-2e20, -1e20, 0, 3e19, 1e20]),
    ],
    Exponential: [((rate,), [t / rate for t in (-1, 0, 1e-10, 0.1, 1, 30)]) for rate in (1, 2.5, 1e-20, 1e20)],
    HalfNormal: [((scale,), [t * scale for t in (-1, 0, 1e-10, 0.1, 1, 9)]) for scale in (1, 2.5, 1e-20, 1e20)],
    LogNormal: [((loc, scale), [-1, 0, *(math.exp(loc + scale * t) for t in (-6, -1, 0, 0.5, 4))]) for loc, scale in [(0, 1), (-1, 0.2), (40, 3), (-46, 0.5), (44, 0.5)]],
    Gamma: [
        ((a, rate), [t / rate for t in (-1, 0, 1e-8, 0.1, 1, 3, 30)])
        for a, rate in [(1, 2), (0.3, 1), (3, 2), (3, 1e-20), (3, 1e20), (0.01, 1), (200, 5), (1, 1)]
    ],
    Beta: [((a, b), shares) for a, b in [(1, 2), (2, 1), (1, 1), (0.5, 0.5), (3, 8), (1e-2, 1e-2), (200, 3), (1000, 2000)]],
    Kumaraswamy: [((a, b), shares) for a, b in [(1, 2), (2, 1), (1, 1), (0.5, 0.5), (3, 8), (1, 1e5), (0.05, 3)]],
    Tilted: [((e,), shares) for e in (0, 1, -3, 50, -1e4, 1e-5)],
    Poisson: [((rate,), counts) for rate in (0, 1, 0.3, 12, 1e-20)] + [((50,), [0, 30, 50, 51, 90])],
    Geometric: [((p,), counts) for p in (1, 0.5, 0.05, 1e-6)],
    Binomial: [((n, p), counts) for n, p in [(0, 0.3), (5, 0), (5, 1), (7, 0.5), (40, 0.05), (40, 1e-10)]],
    NegativeBinomial: [((n, p), counts) for n, p in [(1, 1), (1, 0.5), (0.3, 0.2), (12, 0.7), (5, 1e-4)]],
    Bernoulli: [((p,), [0, 1]) for p in (0, 1, 0.5, 0.2, 1e-20)],
}


def slopes(law, x):
    """Of the log-density, in the value and in each parameter, inside of the support."""
    low, high = law.ends_of()
    result = {}
    if not law.discrete and low < x < high and not (isinstance(law, Laplace) and x == law.p[0]):
        result["x"] = plain(mp.diff(lambda v: law.log_density(v, *law.p), x, h=abs(x or law.p[-1]) * mp.mpf("1e-20")))
    if low <= x <= high and not mp.isinf(law.log_prob(x)) and (law.discrete or low < x < high):
        for index, name in enumerate(law.names):
            if name == "probs" and law.p[index] in (0, 1) or (name == "rate" and law.p[index] == 0):
                continue
            if isinstance(law, Laplace) and name == "loc" and x == law.p[0]:
                continue
            at = law.p[index]
            shifted = lambda v: law.log_density(x, *(v if i == index else p for i, p in enumerate(law.p)))
            result[name] = plain(mp.diff(shifted, at, h=abs(at or law.p[-1] or 1) * mp.mpf("1e-20")))
    return result


output = []
for kind, cases in rows.items():
    for parameters, xs in cases:
        parameters = [f32(v) for v in parameters]
        law = kind(*map(mp.mpf, parameters))
        points = []
        # Bernoulli's log-probability is linear in the value, for grey ones, and is not asked outside of its support.
        for x in [*map(f32, xs), *([] if kind is Bernoulli else [-math.inf, math.inf])]:
            lower, upper = law.tails(mp.mpf(x))
            log_prob = law.log_prob(mp.mpf(x))
            point = dict(x=plain(x), logProb=plain(log_prob), logCdf=plain(log(lower)), logSurvival=plain(log(upper)))
            if math.isfinite(x) and not mp.isinf(log_prob):
                point["slopes"] = slopes(law, mp.mpf(x))
            points.append(point)
            theirs = kind.scipy(*parameters) if kind.scipy and all(1e-10 < abs(v) < 1e10 or v == 0 for v in parameters) else None
            if theirs is not None and math.isfinite(x) and abs(x) < 1e4 and not (kind is Poisson and parameters[0] == 0):
                cdf = theirs.cdf(x)
                assert np.isclose(float(lower), cdf, rtol=1e-6, atol=1e-9), (kind, parameters, x, float(lower), cdf)
                density = (theirs.logpmf if law.discrete else theirs.logpdf)(x)
                edge = x in law.ends_of()
                assert edge or np.isinf(density) or np.isclose(float(log_prob), density, rtol=1e-6, atol=1e-9), (kind, parameters, x, float(log_prob), density)
        row = dict(family="ContinuousBernoulli" if kind is Tilted else kind.__name__, parameters=dict(zip(law.names, parameters)), points=points)
        for name in ("mean", "variance", "mode", "entropy"):
            method = getattr(law, name)
            value = method(*law.p) if method else None
            if value is not None:
                row[name] = plain(value)
        row["stddev"] = plain(law.stddev())
        if hasattr(law, "quantile"):
            row["quantiles"] = [dict(p=p, x=plain(law.quantile(mp.mpf(p), *law.p))) for p in map(f32, (1e-6, 0.01, 0.3, 0.5, 0.77, 0.999))]
        output.append(row)

target = pathlib.Path(__file__).parent.parent / "fixtures" / "matrix.json"
target.write_text("[\n" + ",\n".join(json.dumps(row) for row in output) + "\n]\n")
