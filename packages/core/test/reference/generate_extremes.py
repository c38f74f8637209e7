"""Divergences, slopes and moments at the ends of float32, in 60 digits, written to ../fixtures/extremes.json.

    python3 -m venv venv && venv/bin/pip install -r requirements-stability.txt && venv/bin/python generate_extremes.py

* divergences: KL(q || p) from its closed form, and its derivatives with respect to all parameters (mpmath.diff), for
  parameters from 1e-20 to 1e20. "inf" and "-inf" where the number is beyond float32.
* slopes: the derivative of the log-density in the value, near 0 and elsewhere.
* moments: mean, variance and standard deviation of Kumaraswamy variables; standard deviations of scales up to 1e30.
* counts: the derivative of Binomial's and NegativeBinomial's log-probability in totalCount.
Every argument is a float32 number.
"""

import itertools
import json
import struct
from pathlib import Path

from mpmath import diff, digamma, euler, exp, expm1, gamma, log, loggamma, mp, mpf

mp.dps = 60
largest = mpf(2) ** 128 - mpf(2) ** 104


def float32(x):
    return mpf(struct.unpack("f", struct.pack("f", x))[0])


def number(x):
    """As float32 holds it: a size below the smallest normal number becomes 0."""
    if abs(x) > largest:
        return "inf" if x > 0 else "-inf"
    return float(x) if abs(x) >= mpf(2) ** -126 else 0.0


def normal(lq, sq, lp, sp):
    return log(sp / sq) + (sq**2 + (lq - lp) ** 2) / (2 * sp**2) - mpf(1) / 2


def laplace(lq, sq, lp, sp):
    apart = abs(lq - lp)
    return log(sp / sq) + (sq * exp(-apart / sq) + apart) / sp - 1


def gumbel(lq, sq, lp, sp):
    ratio, distance = sq / sp, (lp - lq) / sp
    linear = euler * (ratio - 1) - log(ratio) - distance
    exponent = distance + loggamma(1 + ratio)
    return linear + (exp(exponent) if exponent < 10**6 else mpf(10) ** 400000) - 1


def gammas(aq, rq, ap, rp):
    return (aq - ap) * digamma(aq) - loggamma(aq) + loggamma(ap) + ap * log(rq / rp) + aq * (rp / rq - 1)


def exponentials(rq, rp):
    return log(rq / rp) + rp / rq - 1


def uniforms(lq, hq, lp, hp):
    return log((hp - lp) / (hq - lq))


def half_normals(sq, sp):
    return normal(mpf(0), sq, mpf(0), sp)


scales = [1e-20, 1e-4, 1.0, 3.0, 1e4, 1e20]
locs = [(0.0, 0.0), (1.0, 0.5), (1e-20, 0.0), (0.0, 1e4), (1e20, -1e20), (1e10, 0.0)]
location_scale = [[lq, sq, lp, sp] for (lq, lp), sq, sp in itertools.product(locs, scales, scales)]
shapes = [1e-4, 0.5, 1.0, 40.0]
families = {
    "Normal": (normal, location_scale),
    "Laplace": (laplace, location_scale),
    "Gumbel": (gumbel, location_scale),
    "Gamma": (gammas, [[a, r, b, s] for a, b, r, s in itertools.product(shapes, shapes, scales, scales)]),
    "Exponential": (exponentials, [list(pair) for pair in itertools.product(scales, scales)]),
    "HalfNormal": (half_normals, [list(pair) for pair in itertools.product(scales, scales)]),
    "Uniform": (
        uniforms,
        [[-w * 0.25, w * 0.25, -v, v] for w, v in itertools.product(scales, scales) if w * 0.25 <= v],
    ),
}


def partial(f, parameters, index):
    order = tuple(int(i == index) for i in range(len(parameters)))
    # Steps of each parameter's own size: diff's step is absolute.
    size = [abs(x) if x != 0 else mpf(1) for x in parameters]
    scaled = lambda *u: f(*[value + s * d for value, s, d in zip(parameters, size, u)])
    return diff(scaled, tuple(mpf(0) for _ in parameters), order) / size[index]


def divergence_rows():
    for family, (f, cases) in families.items():
        for case in cases:
            parameters = [float32(x) for x in case]
            value = f(*parameters)
            # Laplace has a corner where the locs meet; the derivative there is 0, from both sides.
            at_corner = family == "Laplace" and parameters[0] == parameters[2]
            finite = abs(value) < largest
            slopes = []
            for index in range(len(parameters)):
                if not finite:
                    slopes.append(None)
                elif at_corner and index in (0, 2):
                    slopes.append(0.0)
                elif at_corner:
                    same = lambda sq, sp: f(parameters[0], sq, parameters[0], sp)
                    slopes.append(number(partial(same, [parameters[1], parameters[3]], index // 2)))
                else:
                    slopes.append(number(partial(f, parameters, index)))
            yield {"family": family, "parameters": [float(x) for x in parameters], "value": number(value), "slopes": slopes}


def slope_rows():
    points = [1e-30, 1e-8, 1e-3, 0.3, 0.9]
    pairs = [(1.0, 2.0), (1.0, 1.0), (0.5, 3.0), (2.0, 1.0), (1e-3, 40.0), (30.0, 0.2)]
    for (a, b), x in itertools.product(pairs, points):
        a, b, v = float32(a), float32(b), float32(x)
        yield {"family": "Beta", "parameters": [float(a), float(b)], "x": float(v), "slope": number((a - 1) / v - (b - 1) / (1 - v))}
        yield {"family": "Gamma", "parameters": [float(a), float(b)], "x": float(v), "slope": number((a - 1) / v - b)}
        power = v ** (a - 1)
        slope = (a - 1) / v - (b - 1) * a * power / (1 - power * v)
        yield {"family": "Kumaraswamy", "parameters": [float(a), float(b)], "x": float(v), "slope": number(slope)}
    for a, r, x in [(1.0, 2.0, 1e4), (3.0, 0.5, 1e4), (0.5, 1e-3, 1e4)]:
        a, r, v = float32(a), float32(r), float32(x)
        yield {"family": "Gamma", "parameters": [float(a), float(r)], "x": float(v), "slope": number((a - 1) / v - r)}
    for loc, x in [(0.0, 0.0), (2.0, 2.0), (2.0, 1.0), (0.0, 1e-30)]:
        sign = (x > loc) - (x < loc)
        yield {"family": "Laplace", "parameters": [loc, 0.5], "x": float(float32(x)), "slope": -sign / 0.5}


def moment_rows():
    for a, b in itertools.product([0.01, 0.3, 1.0, 7.0, 1e4], [1e-3, 0.5, 1.0, 1e3, 1e5, 1e6]):
        a, b = float32(a), float32(b)
        moment = lambda n: exp(log(b) + loggamma(1 + n / a) + loggamma(b) - loggamma(1 + b + n / a))
        mean, second = moment(1), moment(2)
        variance = second - mean**2
        yield {"a": float(a), "b": float(b), "mean": number(mean), "variance": number(variance), "stddev": number(variance ** mpf("0.5"))}


def count_rows():
    for n, k, logit in [(5, 5, 0.1), (5, 0, 0.1), (5, 3, -2.0), (1, 1, 3.0), (1000, 1000, 6.0), (1000, 400, 0.0), (40, 39, 0.5)]:
        logit = float32(logit)
        log_rest = -log(1 + exp(logit))
        yield {"family": "Binomial", "n": n, "k": k, "logit": float(logit), "slope": number(digamma(n + 1) - digamma(n - k + 1) + log_rest)}
    for r, k, logit in [(2.5, 0, 0.1), (2.5, 7, -1.0), (1e-3, 0, 0.5), (1e-3, 2, 0.5), (300.0, 1000, 0.0)]:
        r, logit = float32(r), float32(logit)
        log_p = -log(1 + exp(-logit))
        yield {"family": "NegativeBinomial", "n": float(r), "k": k, "logit": float(logit), "slope": number(digamma(r + k) - digamma(r) + log_p)}


rows = {
    "divergences": list(divergence_rows()),
    "slopes": list(slope_rows()),
    "moments": list(moment_rows()),
    "counts": list(count_rows()),
}
target = Path(__file__).parent.parent / "fixtures" / "extremes.json"
body = ",\n".join(f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in part) + "\n]" for name, part in rows.items())
target.write_text("{\n" + body + "\n}\n")
