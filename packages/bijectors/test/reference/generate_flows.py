"""Values and log-determinants of learned flows in other libraries, in float64, written to ../fixtures/flows.json.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate_flows.py

Every input is a float32 number, so that the tests and this program see the same arguments.

* Rational-quadratic splines are TFP's RationalQuadraticSpline on the interval, its constrained arguments written out from
  ours, and Pyro's Spline transform (linear tails), which must agree.
* RealNVP is TFP's, with the network as a shift_and_log_scale_fn; MAF is TFP's MaskedAutoregressiveFlow around a
  masked network written out here, and IAF its Invert of the opposite sign.
* Sylvester is written out with matrices, its log-determinant torch's slogdet of the autodiff Jacobian.
"""

import json
from pathlib import Path

import numpy as np
import torch
from pyro.distributions.transforms.spline import _monotonic_rational_spline
from tensorflow_probability.substrates import numpy as tfp

rng = np.random.default_rng(20201027)
torch.set_default_dtype(torch.float64)
cases = []


def float32(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def add(name, options, x, y, log_det):
    cases.append({"map": name, "options": options, "x": np.asarray(x).tolist(), "y": np.asarray(y).tolist(),
                  "logDet": np.asarray(log_det).tolist()})


def softmax(raw):
    e = np.exp(raw - raw.max())
    return e / e.sum()


def spline(bins, bound, spread):
    min_bin_size, min_slope = 1e-3, 1e-3
    widths, heights = float32(rng.normal(size=(2, bins)) * spread)
    slopes = float32(rng.normal(size=bins - 1) * spread)
    sizes = [2 * bound * (min_bin_size + (1 - min_bin_size * bins) * softmax(raw)) for raw in (widths, heights)]
    knot_slopes = min_slope + np.log1p(np.exp(slopes + np.log(np.expm1(1 - min_slope))))
    x = float32(np.concatenate([rng.uniform(-bound, bound, size=12), [-bound - 1, bound + 2]]))
    bijector = tfp.bijectors.RationalQuadraticSpline(*sizes, knot_slopes, range_min=-bound)
    y, log_det = bijector.forward(x), bijector.forward_log_det_jacobian(x, event_ndims=0)
    padded = np.concatenate([[1], knot_slopes, [1]])
    other = _monotonic_rational_spline(
        torch.as_tensor(x), *[torch.as_tensor(np.tile(each / (2 * bound), (len(x), 1))) for each in sizes],
        torch.as_tensor(np.tile(knot_slopes, (len(x), 1))), bound=bound, min_bin_width=0, min_bin_height=0,
        min_derivative=0)
    assert len(padded) == bins + 1
    np.testing.assert_allclose(y, other[0].numpy(), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(log_det, other[1].numpy(), rtol=1e-6, atol=1e-6)
    options = {"widths": widths.tolist(), "heights": heights.tolist(), "slopes": slopes.tolist(), "bound": bound}
    add("spline", options, x, y, log_det)


def network(sizes, masks=None):
    kernels = [float32(rng.normal(size=pair) * 0.6) for pair in zip(sizes, sizes[1:])]
    biases = [float32(rng.normal(size=size) * 0.3) for size in sizes[1:]]

    def f(x):
        for layer, (kernel, bias) in enumerate(zip(kernels, biases)):
            x = (np.tanh(x) if layer else x) @ (kernel * masks[layer] if masks else kernel) + bias
        return x

    return f, {"kernels": [k.tolist() for k in kernels], "biases": [b.tolist() for b in biases]}


def shift_and_log_scale(numbers):
    pairs = numbers.reshape(*numbers.shape[:-1], -1, 2)
    return pairs[..., 0], 5 * np.tanh(pairs[..., 1] / 5)


def real_nvp(size, kept):
    f, options = network([kept, 6, 2 * (size - kept)])
    bijector = tfp.bijectors.RealNVP(num_masked=kept, shift_and_log_scale_fn=lambda x, _: shift_and_log_scale(f(x)))
    x = float32(rng.normal(size=(5, size)))
    mask = [1] * kept + [0] * (size - kept)
    add("real-nvp", {**options, "mask": mask}, x, bijector.forward(x),
        bijector.forward_log_det_jacobian(x, event_ndims=1))


def made_masks(size, hidden):
    degrees = [np.arange(1, size + 1), 1 + np.arange(hidden) % (size - 1), np.repeat(np.arange(size), 2)]
    return [(above[None, :] >= below[:, None]).astype(float) for below, above in zip(degrees, degrees[1:])]


def autoregressive(size):
    masks = made_masks(size, 8)
    f, options = network([size, 8, 2 * size], masks)
    maf = tfp.bijectors.MaskedAutoregressiveFlow(shift_and_log_scale_fn=lambda y: shift_and_log_scale(f(y)))
    x = float32(rng.normal(size=(5, size)))
    options = {**options, "size": size, "hidden": [8]}
    add("maf", options, x, maf.forward(x), maf.forward_log_det_jacobian(x, event_ndims=1))

    # y = exp(s(x)) x + t(x) is the inverse of TFP's flow with scale exp(-s) and shift -t exp(-s).
    def inverted(y):
        shift, log_scale = shift_and_log_scale(f(y))
        return -shift * np.exp(-log_scale), -log_scale

    iaf = tfp.bijectors.Invert(tfp.bijectors.MaskedAutoregressiveFlow(shift_and_log_scale_fn=inverted))
    add("iaf", options, x, iaf.forward(x), iaf.forward_log_det_jacobian(x, event_ndims=1))


def sylvester(size, units, count):
    reflections = float32(rng.normal(size=(count, size)))
    outer, inner = float32(rng.normal(size=(2, units, units)) * 1.5)
    b = float32(rng.normal(size=units))
    q = np.eye(size)
    for v in reflections:
        q = q @ (np.eye(size) - 2 * np.outer(v, v) / (v @ v))
    np.testing.assert_allclose(q.T @ q, np.eye(size), atol=1e-12)
    r, r_tilde = [np.triu(each, 1) + np.diag(np.tanh(np.diag(each))) for each in (outer, inner)]
    q, r, r_tilde, offset = [torch.as_tensor(each) for each in (q[:, :units], r, r_tilde, b)]
    x = float32(rng.normal(size=(5, size)) * 2)

    def f(row):
        return row + q @ r @ torch.tanh(r_tilde @ q.T @ row + offset)

    rows = torch.as_tensor(x)
    log_dets = [torch.linalg.slogdet(torch.autograd.functional.jacobian(f, row)).logabsdet.item() for row in rows]
    options = {"reflections": reflections.tolist(), "outer": outer.tolist(), "inner": inner.tolist(), "b": b.tolist()}
    add("sylvester", options, x, [f(row).tolist() for row in rows], log_dets)


for bins, bound, spread in [(2, 1, 1), (5, 3, 1), (8, 4, 2)]:
    spline(bins, bound, spread)
for size, kept in [(2, 1), (5, 2)]:
    real_nvp(size, kept)
    autoregressive(size)
for size, units, count in [(1, 1, 1), (3, 3, 2), (6, 2, 4)]:
    sylvester(size, units, count)

versions = {"torch": torch.__version__, "tensorflow-probability": tfp.__version__, "pyro-ppl": "1.9.2"}
lines = ",\n".join(json.dumps(case) for case in cases)
Path(__file__).parents[1].joinpath("fixtures", "flows.json").write_text(
    f'{{\n"versions": {json.dumps(versions)},\n"cases": [\n{lines}\n]\n}}\n'
)
