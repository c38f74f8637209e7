"""Values and log-determinants of the same maps in other libraries, in float64, written to ../fixtures/maps.json.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate.py

Every input is a float32 number, so that the tests and this program see the same arguments.

* softmax++ is TFP's SoftmaxCentered at x / temperature - log(delta); TFP's log-determinant has log(K) / 2 more.
* Stick-breaking (eq 22 after a sigmoid) is torch's StickBreakingTransform and TFP's IteratedSigmoidCentered at
  x_k + log(K - k), since both subtract that offset; the two must agree.
* Eq 23 and eq 24 are written out; their log-determinants are those of torch's autodiff Jacobian.
* Planar and Radial are Pyro's.
"""

import json
from pathlib import Path

import numpy as np
import torch
from pyro.distributions.transforms.planar import ConditionedPlanar
from pyro.distributions.transforms.radial import ConditionedRadial
from tensorflow_probability.substrates import numpy as tfp
from torch.distributions.transforms import StickBreakingTransform

rng = np.random.default_rng(20201026)
torch.set_default_dtype(torch.float64)


def float32(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def softmax_plus_plus(x, temperature, delta):
    categories = x.shape[-1] + 1
    bijector = tfp.bijectors.SoftmaxCentered()
    shifted = x / temperature - np.log(delta)
    log_det = bijector.forward_log_det_jacobian(shifted, event_ndims=1)
    return bijector.forward(shifted), log_det - 0.5 * np.log(categories) - (categories - 1) * np.log(temperature)


def stick_breaking(x):
    categories = x.shape[-1] + 1
    shifted = x + np.log(categories - np.arange(1, categories))
    transform = StickBreakingTransform()
    y = transform(torch.as_tensor(shifted))
    log_det = transform.log_abs_det_jacobian(torch.as_tensor(shifted), y).numpy()
    bijector = tfp.bijectors.IteratedSigmoidCentered()
    np.testing.assert_allclose(y.numpy(), bijector.forward(shifted), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(log_det, bijector.forward_log_det_jacobian(shifted, event_ndims=1), rtol=1e-8)
    return y.numpy(), log_det


def sticks(x):
    u = torch.sigmoid(x)
    left = torch.cat([torch.ones(1), torch.cumprod(1 - u, -1)])
    return torch.cat([u * left[:-1], left[-1:]])


def by_autodiff(f, x):
    values, log_dets = [], []
    for row in torch.as_tensor(x):
        values.append(f(row).tolist())
        jacobian = torch.autograd.functional.jacobian(lambda each: f(each)[: len(row)], row)
        log_dets.append(torch.linalg.slogdet(jacobian).logabsdet.item())
    return values, log_dets


def interpolation(temperature):
    def f(x):
        w = sticks(x)
        vertex = torch.nn.functional.one_hot(w.argmax(), len(w)).double()
        return temperature * w + (1 - temperature) * vertex

    return f


def stick_breaking_softmax(temperature, delta):
    def f(x):
        e = torch.cat([torch.exp(sticks(x)[:-1] / temperature), torch.tensor([delta])])
        return e / e.sum()

    return f


def flow(transform, x):
    x = torch.as_tensor(x)
    y = transform(x)
    return y.numpy(), transform.log_abs_det_jacobian(x, y).numpy()


cases = []


def add(name, options, x, result):
    y, log_det = result
    cases.append({"map": name, "options": options, "x": np.asarray(x).tolist(), "y": np.asarray(y).tolist(),
                  "logDet": np.asarray(log_det).tolist()})


for size in [1, 2, 9]:
    for temperature, delta in float32([[0.5, 0.1], [0.1, 1], [2, 3]]):
        x = float32(rng.normal(size=(4, size)) * 3 * temperature)
        add("softmax++", {"temperature": temperature, "delta": delta}, x, softmax_plus_plus(x, temperature, delta))
    x = float32(rng.normal(size=(4, size)) * 2)
    add("stick-breaking", {}, x, stick_breaking(x))
    for temperature in float32([0.1, 0.7]):
        add("interpolation", {"temperature": temperature}, x, by_autodiff(interpolation(temperature), x))
        delta = float32(0.1).item()
        options = {"temperature": temperature, "delta": delta}
        add("stick-breaking-softmax", options, x, by_autodiff(stick_breaking_softmax(temperature, delta), x))
    for scale in [0.3, 3]:
        u, w, center = float32(rng.normal(size=(3, size)) * scale)
        alpha, beta, b = float32(rng.normal(size=3) * scale)
        planar = ConditionedPlanar((torch.tensor([b]), torch.as_tensor(u), torch.as_tensor(w)))
        add("planar", {"u": u.tolist(), "w": w.tolist(), "b": b}, x, flow(planar, x))
        radial = ConditionedRadial((torch.as_tensor(center), torch.tensor([alpha]), torch.tensor([beta])))
        add("radial", {"center": center.tolist(), "alpha": alpha, "beta": beta}, x, flow(radial, x))

versions = {"torch": torch.__version__, "tensorflow-probability": tfp.__version__, "pyro-ppl": "1.9.2"}
lines = ",\n".join(json.dumps(case) for case in cases)
Path(__file__).parents[1].joinpath("fixtures", "maps.json").write_text(
    f'{{\n"versions": {json.dumps(versions)},\n"cases": [\n{lines}\n]\n}}\n'
)
