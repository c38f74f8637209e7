"""Float64 references for the relaxed distributions, written to relaxed.json beside this file.

    python3 -m venv venv && venv/bin/pip install -r requirements-relaxed.txt && venv/bin/python generate_relaxed.py

Every input is a float32 number, so that the tests and this program see the same arguments. Densities of given
values come from TensorFlow Probability (NumPy substrate) and PyTorch, which must agree; those at a sample come from
the change of variables with PyTorch's autodiff Jacobian in float64; divergences from adaptive quadrature.
"""

import json
from pathlib import Path

import numpy as np
import torch
from scipy import integrate
from scipy.special import gammaln, log_softmax, logsumexp
from tensorflow_probability.substrates import numpy as tfp
from torch import distributions as td

rng = np.random.default_rng(20201026)
torch.set_default_dtype(torch.float64)


def float32(values):
    """Rounds to float32 and back, so that the number is the same on both sides."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def plain(values):
    """JSON without superfluous digits: float32 inputs as their shortest form, results in full."""
    return np.asarray(values, dtype=np.float64).tolist()


def concrete_terms(logits, temperature, log_z):
    """Sum of the magnitudes that cancel in the log-density of a Concrete in log space."""
    categories = logits.shape[-1]
    scores = log_softmax(logits - temperature * log_z, axis=-1)
    return gammaln(categories) + abs((categories - 1) * np.log(temperature)) + np.abs(scores).sum(-1)


def concrete_log_probs():
    """Log-densities of given values: TensorFlow Probability and PyTorch, which must agree."""
    cases = []
    for categories, temperature, spread in [
        (2, 0.5, 1.0), (3, 0.1, 3.0), (10, 0.67, 2.0), (10, 2.0, 1.0), (5, 1.0, 5.0),
        (3, 1e-2, 80.0), (10, 1e-2, 80.0), (10, 1e-3, 80.0), (40, 1e-3, 5.0), (2, 10.0, 80.0),
    ]:
        temperature = float(np.float32(temperature))
        logits = float32(rng.uniform(-spread, spread, [3, categories]))
        if spread == 80.0:
            logits[0] = float32(80.0 * np.sign(logits[0] + 1e-9))
            logits[0, 0], logits[0, -1] = 80.0, -80.0
        noise = rng.gumbel(size=[3, categories])
        log_z = float32(log_softmax((logits + noise) / temperature, axis=-1))
        ours = tfp.distributions.ExpRelaxedOneHotCategorical(temperature, logits=logits).log_prob(log_z)
        torchs = td.relaxed_categorical.ExpRelaxedCategorical(
            torch.tensor(temperature), logits=torch.tensor(logits)).log_prob(torch.tensor(log_z)).numpy()
        np.testing.assert_allclose(ours, torchs, rtol=1e-9)
        case = {
            "temperature": temperature, "logits": plain(logits), "logZ": plain(log_z),
            "logProb": plain(ours), "terms": plain(concrete_terms(logits, temperature, log_z)),
        }
        if log_z.min() > -80:  # the simplex value itself is a normal float32 number
            z = float32(np.exp(log_z))
            # Both libraries use all K coordinates of z; they agree with ours up to its rounding.
            simplex = tfp.distributions.RelaxedOneHotCategorical(temperature, logits=logits).log_prob(z)
            again = td.RelaxedOneHotCategorical(torch.tensor(temperature), logits=torch.tensor(logits),
                                                validate_args=False).log_prob(torch.tensor(z)).numpy()
            np.testing.assert_allclose(simplex, again, rtol=1e-8)
            case |= {"z": plain(z), "simplexLogProb": plain(simplex)}
        cases.append(case)
    return cases


def concrete_samples():
    """Sample and log-density from given Gumbel noise."""
    cases = []
    for categories, temperature, spread in [
        (2, 0.5, 1.0), (10, 0.67, 2.0), (3, 1e-2, 80.0), (10, 1e-2, 80.0), (10, 1e-3, 80.0), (1000, 1e-2, 80.0), (1000, 1e-3, 2.0),
    ]:
        temperature = float(np.float32(temperature))
        rows = 1 if categories == 1000 else 3
        logits = float32(rng.uniform(-spread, spread, [rows, categories]))
        logits[0, 0], logits[0, -1] = spread, -spread
        noise = float32(rng.gumbel(size=[rows, categories]))
        log_z = log_softmax((logits + noise) / temperature, axis=-1)
        log_prob = tfp.distributions.ExpRelaxedOneHotCategorical(temperature, logits=logits).log_prob(log_z)
        terms = concrete_terms(logits, temperature, log_z)
        cases.append({
            "temperature": temperature, "logits": plain(logits), "noise": plain(noise),
            "logZ": plain(log_z) if categories < 1000 else None, "expLogProb": plain(log_prob), "expTerms": plain(terms),
            "logProb": plain(log_prob - log_z.sum(-1)), "terms": plain(terms + np.abs(log_z).sum(-1)),
        })
    return cases


def stick_breaking(y):
    """Eq 22 after a sigmoid, in logs: K-1 numbers to K log-weights."""
    log_u, log_rest = torch.nn.functional.logsigmoid(y), torch.nn.functional.logsigmoid(-y)
    kept = torch.cumsum(log_rest, -1)
    before = torch.cat([torch.zeros_like(kept[..., :1]), kept[..., :-1]], -1)
    return torch.cat([log_u + before, kept[..., -1:]], -1)


def softmax_plus_plus(y, temperature, delta):
    """Eq 21 in logs."""
    last = torch.full_like(y[..., :1], np.log(delta))
    return torch.log_softmax(torch.cat([y / temperature, last], -1), -1)


def map_softmax(y, temperature, delta):
    return softmax_plus_plus(y, temperature, delta)


def map_stick_breaking(y, temperature, delta):
    return softmax_plus_plus(stick_breaking(y)[..., :-1].exp(), temperature, delta)


def map_interpolation(y, temperature, _delta):
    w = stick_breaking(y).exp()
    vertex = torch.nn.functional.one_hot(w.argmax(-1), w.shape[-1]).to(w)
    return (temperature * w + (1 - temperature) * vertex).log()


MAPS = {"softmax++": map_softmax, "stick-breaking": map_stick_breaking, "interpolation": map_interpolation}


def igr_samples():
    """Sample and log-density from given Gaussian noise, eq 16-18 with an autodiff Jacobian in float64."""
    cases = []
    for transform, categories, temperature, delta, spread, low, high in [
        ("softmax++", 2, 0.5, 0.1, 1.0, 0.3, 2.0), ("softmax++", 10, 0.5, 0.1, 2.0, 0.3, 2.0),
        ("softmax++", 5, 1.0, 1.0, 3.0, 0.1, 3.0), ("softmax++", 3, 1e-2, 0.1, 80.0, 0.05, 3.0),
        ("softmax++", 10, 1e-2, 0.1, 80.0, 0.05, 3.0), ("softmax++", 10, 1e-3, 0.1, 80.0, 0.01, 30.0),
        ("softmax++", 1000, 1e-2, 0.1, 80.0, 0.3, 3.0),
        ("stick-breaking", 2, 0.5, 0.1, 1.0, 0.3, 2.0), ("stick-breaking", 5, 0.15, 0.1, 1.0, 0.3, 2.0),
        ("stick-breaking", 6, 1e-2, 0.1, 2.0, 0.3, 1.0), ("stick-breaking", 3, 1e-2, 0.1, 80.0, 0.3, 1.0),
        ("interpolation", 3, 0.5, 0.1, 1.0, 0.3, 2.0), ("interpolation", 6, 0.1, 0.1, 2.0, 0.3, 1.0),
        ("interpolation", 4, 1e-2, 0.1, 80.0, 0.3, 1.0),
    ]:
        temperature, delta = float(np.float32(temperature)), float(np.float32(delta))
        rows = 1 if categories == 1000 else 3
        loc = float32(rng.uniform(-spread, spread, [rows, categories - 1]))
        if spread == 80.0:
            loc[0, 0], loc[0, -1] = 80.0, -80.0
        scale = float32(np.exp(rng.uniform(np.log(low), np.log(high), [rows, categories - 1])))
        noise = float32(rng.normal(size=[rows, categories - 1]))
        y = torch.tensor(loc + scale * noise)
        log_z = MAPS[transform](y, temperature, delta)
        gaussian = td.Normal(torch.tensor(loc), torch.tensor(scale)).log_prob(y)
        closed = closed_log_det(transform, y, log_z, temperature)
        if categories < 1000:
            autodiff = autodiff_log_det(lambda v: MAPS[transform](v, temperature, delta), y)
            log_det = torch.where(autodiff.isfinite(), autodiff, closed)
            np.testing.assert_allclose(log_det, closed, rtol=1e-7, atol=1e-7)
        else:
            log_det = closed
        terms = gaussian.abs().sum(-1) + log_z.abs().sum(-1) + (categories - 1) * abs(np.log(temperature))
        if transform != "softmax++":
            terms = terms + stick_breaking(y).abs().sum(-1)
        cases.append({
            "transform": transform, "temperature": temperature, "delta": delta,
            "loc": plain(loc), "scale": plain(scale), "noise": plain(noise),
            "logZ": plain(log_z) if categories < 1000 else None,
            "logProb": plain(gaussian.sum(-1) - log_det), "terms": plain(terms),
        })
    return cases


def autodiff_log_det(log_map, y):
    """log|det d z / d y| from the Jacobian of log z. The volume is the same whichever coordinate of the simplex is left
    out: without the largest, no entry cancels, and the magnitudes come out as a sum of log z."""
    results = []
    for row in y:
        log_z = log_map(row)
        kept = torch.arange(len(log_z)) != log_z.argmax()
        jacobian = torch.autograd.functional.jacobian(lambda v: log_map(v)[kept], row)
        results.append(torch.linalg.slogdet(jacobian).logabsdet + log_z[kept].sum())
    return torch.stack(results)


def closed_log_det(transform, y, log_z, temperature):
    """Log-determinants in closed form, for arguments at which an autodiff Jacobian underflows."""
    size = y.shape[-1]
    softmax = log_z.sum(-1) - size * np.log(temperature)
    if transform == "softmax++":
        return softmax
    sticks = stick_breaking(y)
    # Triangular: d w_k / d y_k = w_k (1 - u_k).
    breaking = (sticks[..., :-1] + torch.nn.functional.logsigmoid(-y)).sum(-1)
    return breaking + (softmax if transform == "stick-breaking" else size * np.log(temperature))


def bernoulli_log_probs():
    cases = []
    for temperature, spread in [(0.5, 2.0), (1e-2, 80.0), (5.0, 1.0)]:
        temperature = float(np.float32(temperature))
        logits = float32(rng.uniform(-spread, spread, 6))
        value = float32((logits + rng.logistic(size=6)) / temperature)
        expected = td.relaxed_bernoulli.LogitRelaxedBernoulli(
            torch.tensor(temperature), logits=torch.tensor(logits)).log_prob(torch.tensor(value))
        cases.append({"temperature": temperature, "logits": plain(logits), "logit": plain(value), "logProb": plain(expected)})
    return cases


def log_density_of_ratios(ratios, logits, temperature):
    """Maddison's log-density of (log z_k - log z_K); shifts of log z cancel in it."""
    padded = np.append(ratios, 0.0)
    scores = logits - temperature * padded
    return gammaln(len(logits)) + (len(logits) - 1) * np.log(temperature) + (scores - logsumexp(scores)).sum()


def concrete_divergences():
    """KL(q || p) of two Concretes by adaptive quadrature over the log-ratios."""
    cases = []
    for q, q_temperature, p, p_temperature in [
        ([0.3, -0.5], 0.5, [0.0, 0.0], 0.5), ([2.0, 0.0], 0.5, [0.0, 0.0], 0.8), ([0.0, 1.5], 1.0, [0.7, 0.0], 0.4),
        ([0.4, -0.3, 1.0], 0.5, [0.0, 0.0, 0.0], 0.5), ([1.0, 0.0, -0.5], 0.67, [0.2, 0.1, 0.0], 0.4),
    ]:
        q, p = np.array(q), np.array(p)
        reach = 40 / min(q_temperature, 1.0)

        def integrand(*ratios):
            log_q = log_density_of_ratios(ratios, q, q_temperature)
            return np.exp(log_q) * (log_q - log_density_of_ratios(ratios, p, p_temperature))

        if len(q) == 2:
            value, error = integrate.quad(integrand, -reach, reach, limit=400, epsabs=1e-11)
        else:
            # Smooth and decaying exponentially: the trapezoidal rule converges geometrically.
            values = []
            for points in (801, 1601):
                axis = np.linspace(-reach, reach, points)
                first, second = np.meshgrid(axis, axis, indexing="ij")
                stacked = np.stack([first, second, np.zeros_like(first)], -1)

                def log_density(logits, temperature):
                    scores = logits - temperature * stacked
                    return gammaln(3) + 2 * np.log(temperature) + (scores - logsumexp(scores, -1, keepdims=True)).sum(-1)

                log_q = log_density(q, q_temperature)
                step = axis[1] - axis[0]
                values.append((np.exp(log_q) * (log_q - log_density(p, p_temperature))).sum() * step * step)
            value, error = values[1], abs(values[1] - values[0])
        assert error < 1e-6, error
        cases.append({"q": plain(q), "qTemperature": q_temperature, "p": plain(p), "pTemperature": p_temperature, "kl": float(value)})
    return cases


if __name__ == "__main__":
    content = {
        "concreteLogProbs": concrete_log_probs(),
        "concreteSamples": concrete_samples(),
        "igrSamples": igr_samples(),
        "bernoulliLogProbs": bernoulli_log_probs(),
        "concreteDivergences": concrete_divergences(),
    }
    target = Path(__file__).with_name("relaxed.json")
    target.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(f"{target.name}: {target.stat().st_size} bytes")
