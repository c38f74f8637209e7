"""The stability table's references and the peers' values, written to ../fixtures/stability.json.

    python3 -m venv venv && venv/bin/pip install -r requirements-stability.txt && venv/bin/python generate_stability.py

Inputs are dyadic numbers that float32 holds exactly and that packages/core/scripts/stability.mjs makes by the same rule.
`exact` comes from mpmath at 60 digits and from formulas as the papers print them. `torch` and `tfp` are float32 results of PyTorch and
TensorFlow Probability (NumPy substrate) for the same arguments: of a draw's density, the density at the draw that the library
itself makes of the noise, in its own words (the lines below `rsample` and `_sample_n`). `terms` is the sum of the magnitudes that an
evaluation has to add up, the yardstick of a right float32 result.
"""

import json
import math
import warnings
from pathlib import Path

import mpmath as mp
import numpy as np
import torch
from mpmath import mpf
from tensorflow_probability.substrates import numpy as tfp
from torch import distributions as td

warnings.filterwarnings("ignore")
np.seterr(all="ignore")
mp.mp.dps = 60
tfd, tfb = tfp.distributions, tfp.bijectors

TEMPERATURES = [1e-3, 1e-2, 0.1, 0.67, 1.0, 10.0]
SPREADS = [0, 30, 80, 1000]
CATEGORIES = [2, 10, 1000]


def float32(x):
    return float(np.float32(x))


def noise(size):
    """Between -1.9 and 4.3, as Gumbel draws are."""
    return [((37 * k + 11) % 101 - 30) / 16 for k in range(size)]


def logits(size, spread):
    return [spread * pattern for pattern in ([1, -1] + [((29 * k + 7) % 64 - 32) / 32 for k in range(2, size)])[:size]]


def watched(size):
    """The coordinates of a long vector that are compared."""
    return sorted(k for k in {0, 1, size // 2, size - 1} if k < size)


def lse(xs):
    top = max(xs)
    return top + mp.log(mp.fsum(mp.exp(x - top) for x in xs))


def log_softmax(xs):
    total = lse(xs)
    return [x - total for x in xs]


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def plain(x):
    """JSON has no NaN or Infinity: they are written as strings."""
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.ndim > 0):
        return [plain(each) for each in x]
    x = float(x)
    return x if math.isfinite(x) else ("NaN" if math.isnan(x) else ("Infinity" if x > 0 else "-Infinity"))


def t32(xs):
    return torch.tensor(xs, dtype=torch.float32)


def n32(xs):
    return np.asarray(xs, dtype=np.float32)


def attempt(f):
    """What a library gives, or the word "refused" where it raises."""
    try:
        result = f()
        result = result.detach().numpy() if isinstance(result, torch.Tensor) else np.asarray(result)
        assert result.dtype == np.float32, result.dtype
        return plain(result)
    except (ValueError, RuntimeError):
        return "refused"


def torch_draw(l, g, temperature):
    """ExpRelaxedCategorical.rsample, with the noise given."""
    scores = (l - l.logsumexp(-1, keepdim=True) + g) / temperature
    return scores - scores.logsumexp(-1, keepdim=True)


def tfp_draw(l, g, temperature):
    """ExpRelaxedOneHotCategorical._sample_n, with the noise given."""
    from tensorflow_probability.python.internal.backend.numpy import nn
    return nn.log_softmax((l + g) / temperature)


def torch_exp(temperature, l):
    return td.relaxed_categorical.ExpRelaxedCategorical(t32(temperature), logits=l, validate_args=False)


def torch_simplex(temperature, l):
    return td.RelaxedOneHotCategorical(t32(temperature), logits=l, validate_args=False)


def tfp_exp(temperature, l):
    return tfd.ExpRelaxedOneHotCategorical(np.float32(temperature), logits=l)


def tfp_simplex(temperature, l):
    return tfd.RelaxedOneHotCategorical(np.float32(temperature), logits=l)


def concrete_log_density(l, log_z, temperature):
    """Log-density with respect to log z_k - log z_K, and its terms."""
    scores = log_softmax([a - temperature * b for a, b in zip(l, log_z)])
    size = len(l)
    value = mp.loggamma(size) + (size - 1) * mp.log(temperature) + mp.fsum(scores)
    terms = mp.loggamma(size) + abs((size - 1) * mp.log(temperature)) + mp.fsum(abs(s) for s in scores)
    return value, terms


rows = []


def add(quantity, arguments, exact, terms, torch_value=None, tfp_value=None):
    row = {"quantity": quantity, **arguments, "exact": plain(exact), "terms": plain(terms)}
    if torch_value is not None:
        row["torch"] = torch_value
    if tfp_value is not None:
        row["tfp"] = tfp_value
    rows.append(row)


def concrete():
    for size in CATEGORIES:
        for spread in SPREADS:
            for temperature in map(float32, TEMPERATURES):
                tau = mpf(temperature)
                l, g = logits(size, spread), noise(size)
                scores = [(mpf(a) + mpf(b)) / tau for a, b in zip(l, g)]
                log_z = log_softmax(scores)
                density, terms = concrete_log_density(list(map(mpf, l)), log_z, tau)
                simplex = density - mp.fsum(log_z)
                simplex_terms = terms + mp.fsum(abs(x) for x in log_z)
                arguments = {"categories": size, "spread": spread, "temperature": temperature}
                tl, tg, nl, ng = t32(l), t32(g), n32(l), n32(g)
                temper = np.float32(temperature)
                at = watched(size)

                add("log z of a draw", arguments, [log_z[k] for k in at],
                    [max(abs(mpf(l[k]) + g[k] - max(mpf(a) + b for a, b in zip(l, g))) / tau, 1) for k in at],
                    attempt(lambda: torch_draw(tl, tg, temper)[at]), attempt(lambda: tfp_draw(nl, ng, temper)[at]))
                add("log-density of a draw, log space", arguments, density, terms,
                    attempt(lambda: torch_exp(temper, tl).log_prob(torch_draw(tl, tg, temper))),
                    attempt(lambda: tfp_exp(temper, nl).log_prob(tfp_draw(nl, ng, temper))))
                add("log-density of a draw, simplex", arguments, simplex, simplex_terms,
                    attempt(lambda: torch_simplex(temper, tl).log_prob(torch_draw(tl, tg, temper).exp())),
                    attempt(lambda: tfp_simplex(temper, nl).log_prob(np.exp(tfp_draw(nl, ng, temper)))))

                def gradient():
                    leaf = tl.clone().requires_grad_()
                    z = torch_draw(leaf, tg, temper).exp()
                    torch_simplex(temper, leaf).log_prob(z).backward()
                    return leaf.grad[at]

                z = [mp.exp(x) for x in log_z]
                add("gradient of that density by the logits", arguments, [-(1 - size * z[k]) / tau for k in at],
                    [(1 + size * z[k] * (1 + abs(log_z[k]))) / tau for k in at], attempt(gradient))

                # A summand of the divergence from a uniform prior of twice the temperature.
                flat = [mpf(0)] * size
                prior, prior_terms = concrete_log_density(flat, log_z, 2 * tau)
                double = np.float32(2) * temper

                def torch_ratio(make, at_draw):
                    return make(temper, tl).log_prob(at_draw) - make(double, t32([0.0] * size)).log_prob(at_draw)

                def tfp_ratio(make, at_draw):
                    return make(temper, nl).log_prob(at_draw) - make(double, n32([0.0] * size)).log_prob(at_draw)

                add("log q - log p of a draw, log space", arguments, density - prior, terms + prior_terms,
                    attempt(lambda: torch_ratio(torch_exp, torch_draw(tl, tg, temper))),
                    attempt(lambda: tfp_ratio(tfp_exp, tfp_draw(nl, ng, temper))))
                add("log q - log p of a draw, simplex", arguments, density - prior, terms + prior_terms,
                    attempt(lambda: torch_ratio(torch_simplex, torch_draw(tl, tg, temper).exp())),
                    attempt(lambda: tfp_ratio(tfp_simplex, np.exp(tfp_draw(nl, ng, temper)))))


def bernoulli():
    for spread in [-1000, -80, -30, 0, 30, 80, 1000]:
        for temperature in map(float32, TEMPERATURES):
            tau, l, g = mpf(temperature), mpf(spread), mpf("1.1875")
            value = (l + g) / tau
            # Logistic noise g: density of the logit is that of (l + g) / tau.
            density = mp.log(tau) - softplus(g) - softplus(-g)
            terms = abs(mp.log(tau)) + softplus(g) + softplus(-g)
            jacobian = softplus(value) + softplus(-value)
            arguments = {"spread": spread, "temperature": temperature}
            tl, nl, temper = t32(float(l)), np.float32(l), np.float32(temperature)

            def torch_logit():
                probs_noise = t32(float(g))
                return (tl + probs_noise) / temper

            make_torch = lambda: td.RelaxedBernoulli(t32(temper), logits=tl, validate_args=False)
            add("log-density of a binary draw, simplex", arguments, density + jacobian, terms + jacobian,
                attempt(lambda: make_torch().log_prob(torch.sigmoid(torch_logit()))),
                attempt(lambda: tfd.RelaxedBernoulli(temper, logits=nl).log_prob(
                    np.float32(1) / (np.float32(1) + np.exp(-(nl + np.float32(1.1875)) / temper)))))


def softmax_plus_plus():
    for size in CATEGORIES:
        for spread in SPREADS[1:]:
            for temperature in map(float32, TEMPERATURES):
                tau = mpf(temperature)
                y = logits(size, spread)[: size - 1]
                log_z = log_softmax([mpf(v) / tau for v in y] + [mpf(0)])
                arguments = {"categories": size, "spread": spread, "temperature": temperature}
                temper, ny = np.float32(temperature), n32(y)
                centered = tfb.SoftmaxCentered()
                # TFP's volume is that on the simplex' own surface: 1/2 log K more.
                add("softmax++ log-determinant", arguments, mp.fsum(log_z) - (size - 1) * mp.log(tau),
                    mp.fsum(abs(x) for x in log_z) + (size - 1) * abs(mp.log(tau)),
                    None, attempt(lambda: centered.forward_log_det_jacobian(ny / temper, 1)
                                  - np.float32(0.5 * math.log(size)) - np.float32((size - 1) * math.log(temper))))
                at = watched(size - 1)
                inverse = lambda: temper * tfb.SoftmaxCentered().inverse(np.array(centered.forward(ny / temper)))
                add("softmax++ inverse of its own output", arguments, [y[k] for k in at],
                    [tau * (abs(log_z[k]) + abs(log_z[-1])) for k in at], None, attempt(lambda: inverse()[at]))


def stick_logs(y):
    log_u, log_rest = [-softplus(-v) for v in y], [-softplus(v) for v in y]
    before, logs = mpf(0), []
    for a, b in zip(log_u, log_rest):
        logs.append(before + a)
        before += b
    return logs + [before], log_rest


def stick_breaking():
    for size in CATEGORIES:
        for spread in [1, 10, 30, 80, 1000]:
            y = logits(size, spread)[: size - 1]
            logs, log_rest = stick_logs(list(map(mpf, y)))
            log_det = mp.fsum(logs[:-1]) + mp.fsum(log_rest)
            terms = mp.fsum(abs(x) for x in logs[:-1]) + mp.fsum(abs(x) for x in log_rest)
            # Both libraries subtract log(number of sticks left) first.
            shifted = [float32(v + math.log(size - 1 - k)) for k, v in enumerate(y)]
            arguments = {"categories": size, "spread": spread}
            transform = td.StickBreakingTransform()
            ts, ns = t32(shifted), n32(shifted)
            bijector = tfb.IteratedSigmoidCentered()
            add("stick-breaking log-determinant", arguments, log_det, terms,
                attempt(lambda: transform.log_abs_det_jacobian(ts, transform(ts))),
                attempt(lambda: bijector.forward_log_det_jacobian(ns, 1)))
            at = watched(size - 1)
            rest = mp.fsum(abs(x) for x in log_rest)
            offsets = n32([math.log(size - 1 - k) for k in range(size - 1)])
            add("stick-breaking inverse of its own output", arguments, [y[k] for k in at],
                [abs(logs[k]) + rest for k in at],
                attempt(lambda: (transform.inv(transform(ts)) - torch.tensor(offsets))[at]),
                attempt(lambda: (tfb.IteratedSigmoidCentered().inverse(np.array(bijector.forward(ns))) - offsets)[at]))


def planar():
    """log|1 + uHat . w sech^2|, uHat . w = softplus(w . u) - 1, at x = 0 and two other places; the textbook formula in PyTorch."""
    for product in [-1000, -80, -30, -10, 0, 10, 1000]:
        for pre in [0, 0.5, 20]:
            value = mp.log(mp.tanh(pre) ** 2 + mp.sech(pre) ** 2 * softplus(mpf(product)))

            def textbook():
                w, u = t32([1.0, 0.0]), t32([float(product), 0.0])
                wu = w @ u
                u_hat = u + (torch.nn.functional.softplus(wu) - 1 - wu) * w / (w @ w)
                return torch.log(torch.abs(1 + (1 - torch.tanh(t32(float(pre))) ** 2) * (w @ u_hat)))

            add("planar log-determinant", {"product": product, "preActivation": pre}, value, abs(value), attempt(textbook))


def igr():
    """Log-density of a draw, eq 18. No peer has these; the simplex-valued logistic-normal of TFP is eq 21 with delta = 1."""
    for size in [2, 10, 1000]:
        for spread in [0, 30, 80, 1000]:
            for temperature in map(float32, TEMPERATURES):
                tau, delta = mpf(temperature), mpf(1)
                g = noise(size)[: size - 1]
                y = [mpf(a) + mpf(b) for a, b in zip(logits(size, spread), g)]
                gaussian = [-mpf(b) ** 2 / 2 - mp.log(2 * mp.pi) / 2 for b in g]
                arguments = {"categories": size, "spread": spread, "temperature": temperature}
                ratio = log_softmax([v / tau for v in y] + [mp.log(delta)])
                log_det = mp.fsum(ratio) - (size - 1) * mp.log(tau)
                terms = mp.fsum(abs(x) for x in gaussian + ratio) + (size - 1) * abs(mp.log(tau))

                def logistic_normal():
                    temper, ny = np.float32(temperature), n32([float(v) for v in y])
                    base = tfd.MultivariateNormalDiag(n32(logits(size, spread)[: size - 1]), n32([1.0] * (size - 1)))
                    chain = tfb.Chain([tfb.SoftmaxCentered(), tfb.Scale(np.float32(1) / temper)])
                    z = np.array(chain.forward(ny))
                    density = tfd.TransformedDistribution(base, tfb.Chain([tfb.SoftmaxCentered(), tfb.Scale(np.float32(1) / temper)]))
                    return density.log_prob(z) + np.float32(0.5 * math.log(size))

                def logistic_normal_ratio():
                    temper, ny = np.float32(temperature), n32([float(v) for v in y])
                    ones = n32([1.0] * (size - 1))

                    def density(loc, scale):
                        chain = tfb.Chain([tfb.SoftmaxCentered(), tfb.Scale(np.float32(1) / scale)])
                        return tfd.TransformedDistribution(tfd.MultivariateNormalDiag(loc, ones), chain)

                    z = np.array(tfb.SoftmaxCentered().forward(ny / temper))
                    return density(n32(logits(size, spread)[: size - 1]), temper).log_prob(z) - density(
                        0 * ones, np.float32(2) * temper).log_prob(z)

                add("IGR log-density of a draw, softmax++", arguments, mp.fsum(gaussian) - log_det, terms, None,
                    attempt(logistic_normal))

                # A summand of the divergence from loc 0, scale 1 and twice the temperature: in log-ratios, y against 2 y.
                add("log q - log p of a draw, IGR softmax++", arguments,
                    mp.fsum(2 * v * v - mpf(b) ** 2 / 2 - mp.log(2) for v, b in zip(y, g)),
                    mp.fsum(2 * v * v + mpf(b) ** 2 / 2 + mp.log(2) for v, b in zip(y, g)), None,
                    attempt(lambda: logistic_normal_ratio()))

                logs, log_rest = stick_logs(y)
                sticks = mp.fsum(logs[:-1]) + mp.fsum(log_rest)
                stick_terms = mp.fsum(abs(x) for x in gaussian + logs + log_rest) + (size - 1) * abs(mp.log(tau))
                if temperature <= 1:
                    add("IGR log-density of a draw, interpolation", arguments,
                        mp.fsum(gaussian) - sticks - (size - 1) * mp.log(tau), stick_terms)
                second = log_softmax([mp.exp(x) / tau for x in logs[:-1]] + [mp.log(delta)])
                add("IGR log-density of a draw, stick-breaking", arguments,
                    mp.fsum(gaussian) - sticks - mp.fsum(second) + (size - 1) * mp.log(tau),
                    stick_terms + mp.fsum(abs(x) for x in second))


def divergences():
    for size in CATEGORIES:
        for spread in SPREADS[1:]:
            q, p = logits(size, spread), logits(size, spread)[::-1]
            log_q, log_p = log_softmax(list(map(mpf, q))), log_softmax(list(map(mpf, p)))
            weights = [mp.exp(x) for x in log_q]
            value = mp.fsum(w * (a - b) for w, a, b in zip(weights, log_q, log_p))
            terms = mp.fsum(w * (abs(a) + abs(b)) for w, a, b in zip(weights, log_q, log_p))
            add("KL of two categoricals", {"categories": size, "spread": spread}, value, terms,
                attempt(lambda: td.kl_divergence(td.OneHotCategorical(logits=t32(q), validate_args=False),
                                                 td.OneHotCategorical(logits=t32(p), validate_args=False))),
                attempt(lambda: tfd.OneHotCategorical(logits=n32(q), dtype=np.float32).kl_divergence(
                    tfd.OneHotCategorical(logits=n32(p), dtype=np.float32))))
    for q, p in [(0, 80), (80, -80), (1000, -1000), (-30, 30), (1000, 1000)]:
        pq = 1 / (1 + mp.exp(-mpf(q)))
        value = pq * (softplus(-mpf(p)) - softplus(-mpf(q))) + (1 - pq) * (softplus(mpf(p)) - softplus(mpf(q)))
        terms = pq * (softplus(-mpf(p)) + softplus(-mpf(q))) + (1 - pq) * (softplus(mpf(p)) + softplus(mpf(q)))
        add("KL of two Bernoullis", {"q": q, "p": p}, value, terms,
            attempt(lambda: td.kl_divergence(td.Bernoulli(logits=t32(float(q))), td.Bernoulli(logits=t32(float(p))))),
            attempt(lambda: tfd.Bernoulli(logits=np.float32(q)).kl_divergence(tfd.Bernoulli(logits=np.float32(p)))))
    for loc, scale in [(1000, 1), (0, float32(1e-3)), (0, 1000), (1, float32(1e-10))]:
        value = mp.log(1 / mpf(scale)) + (mpf(scale) ** 2 + mpf(loc) ** 2) / 2 - mpf(1) / 2
        terms = abs(mp.log(mpf(scale))) + (mpf(scale) ** 2 + mpf(loc) ** 2) / 2 + mpf(1) / 2
        normal = lambda a, b: td.Normal(t32(float(a)), t32(float(b)))
        tfnormal = lambda a, b: tfd.Normal(np.float32(a), np.float32(b))
        add("KL of two IGRs (eq 19, one coordinate)", {"loc": loc, "scale": scale}, value, terms,
            attempt(lambda: td.kl_divergence(normal(loc, scale), normal(0, 1))),
            attempt(lambda: tfnormal(loc, scale).kl_divergence(tfnormal(0, 1))))


def vertices():
    """eq 7 at a vertex has no value: it depends on the way there."""
    for size in [2, 10]:
        for temperature in map(float32, TEMPERATURES):
            z = [1.0] + [0.0] * (size - 1)
            zeros = size - 1
            growth = zeros - (size - zeros) * temperature
            temper = np.float32(temperature)
            exact = "none" if growth == 0 else ("Infinity" if growth > 0 else "-Infinity")
            row = {"quantity": "log-density at a vertex", "categories": size, "temperature": temperature, "exact": exact, "terms": 1}
            row["torch"] = attempt(lambda: torch_simplex(temper, t32([0.0] * size)).log_prob(t32(z)))
            row["tfp"] = attempt(lambda: tfp_simplex(temper, n32([0.0] * size)).log_prob(n32(z)))
            rows.append(row)


def refused_shares():
    """Of 10,000 draws of its own, the share that a library's own check refuses, and whose density is NaN or infinite."""
    shares = []
    for temperature in [0.01, 0.1, 0.67]:
        for size in [10, 100]:
            torch.manual_seed(1)
            distribution = td.RelaxedOneHotCategorical(t32(temperature), logits=t32([0.0] * size), validate_args=False)
            draws = distribution.sample((10_000,))
            allowed = td.constraints.simplex.check(draws)
            torch_bad = ~torch.isfinite(distribution.log_prob(draws))
            theirs = tfd.RelaxedOneHotCategorical(np.float32(temperature), logits=n32([0.0] * size))
            # A copy, as every program that stores or reshapes a draw makes one: TFP remembers what the very tensor was made of.
            samples = np.array(theirs.sample(10_000, seed=1))
            shares.append({"temperature": float32(temperature), "categories": size,
                           "torchRefused": 1 - float(allowed.float().mean()), "torchNotFinite": float(torch_bad.float().mean()),
                           "tfpNotFinite": float(1 - np.isfinite(theirs.log_prob(samples)).mean())})
    return shares


if __name__ == "__main__":
    for section in [concrete, bernoulli, softmax_plus_plus, stick_breaking, planar, igr, divergences, vertices]:
        section()
    versions = {"torch": torch.__version__.split("+")[0], "tensorflow-probability": "0.25.0", "numpy": np.__version__}
    target = Path(__file__).parent.with_name("fixtures") / "stability.json"
    body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    shares = json.dumps(refused_shares(), separators=(",", ":"))
    target.write_text(f'{{"versions":{json.dumps(versions)},\n"shares":{shares},\n"rows":[\n{body}\n]}}\n')
    print(f"{target.name}: {len(rows)} rows, {target.stat().st_size} bytes")
