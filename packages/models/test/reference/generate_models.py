"""Writes models.json: losses, terms and gradients of small models in torch, float64.

python -m venv /tmp/venv && /tmp/venv/bin/pip install -r requirements-models.txt && /tmp/venv/bin/python generate_models.py

Weights, images and noise follow formulas (`wave` below and in test/reference-models.ts), so that the file holds results alone.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, seed, scale=0.5):
    n = math.prod(shape)
    return torch.tensor([scale * math.cos(0.7 * i + 1.3 * seed) for i in range(n)]).reshape(shape)


def bits(shape, seed):
    return (wave(shape, seed) > 0.1).to(torch.float64)


def numbers(t):
    return t.detach().reshape(-1).tolist()


# --- convolutions: kernels in the layout of tf.layers, [kh, kw, in, out] and transposed [kh, kw, out, in] ---
def conv(x, kernel):
    return F.conv2d(x, kernel.permute(3, 2, 0, 1), stride=2, padding=1)


def conv_transpose(x, kernel):
    return F.conv_transpose2d(x, kernel.permute(3, 2, 0, 1), stride=2, padding=1)


def convolutional():
    side, filters, units, outputs = 8, [2, 3], 5, 7
    shapes = [(4, 4, 1, 2), (2,), (4, 4, 2, 3), (3,), (12, 5), (5,), (5, 7), (7,)]
    w = [wave(s, i).requires_grad_() for i, s in enumerate(shapes)]
    x = wave((2, side, side, 1), 50, 1.0)
    h = x.permute(0, 3, 1, 2)
    h = F.relu(conv(h, w[0]) + w[1][:, None, None])
    h = F.relu(conv(h, w[2]) + w[3][:, None, None])
    h = h.permute(0, 2, 3, 1).reshape(2, -1)
    y = F.relu(h @ w[4] + w[5]) @ w[6] + w[7]
    (y**2).sum().backward()
    encoder = {"outputs": numbers(y), "gradients": [numbers(v.grad) for v in w]}

    shapes = [(6, 5), (5,), (5, 12), (12,), (4, 4, 4, 3), (4,), (4, 4, 2, 4), (2,)]
    w = [wave(s, i + 20).requires_grad_() for i, s in enumerate(shapes)]
    z = wave((2, 6), 60, 1.0)
    h = F.relu(F.relu(z @ w[0] + w[1]) @ w[2] + w[3])
    h = h.reshape(2, 2, 2, 3).permute(0, 3, 1, 2)
    h = F.relu(conv_transpose(h, w[4]) + w[5][:, None, None])
    y = conv_transpose(h, w[6]) + w[7][:, None, None]
    # Two numbers a pixel: one whole image after the other, which is torch's channels-first order.
    (y**2).sum().backward()
    return {"encoder": encoder, "decoder": {"outputs": numbers(y), "gradients": [numbers(v.grad) for v in w]}}


# --- JointVAE: 6 pixels, two Gaussian variables, one IGR and one Gumbel-Softmax variable of 3 categories ---
def dense_pair(seed, sizes):
    shapes = [s for a, b in zip(sizes, sizes[1:]) for s in ((a, b), (b,))]
    return [wave(s, seed + i).requires_grad_() for i, s in enumerate(shapes)]


def apply_dense(w, x, activation=F.relu):
    for i in range(0, len(w), 2):
        x = x @ w[i] + w[i + 1]
        if i < len(w) - 2:
            x = activation(x)
    return x


def exp_concrete_log_prob(log_z, logits, temperature):
    k = logits.shape[-1]
    scores = logits - temperature * log_z
    return (
        math.lgamma(k)
        + (k - 1) * math.log(temperature)
        + (scores - scores.logsumexp(-1, keepdim=True)).sum(-1)
    )


def joint(per):
    batch, gamma, tau, delta = 4, 7.0, 0.6, 0.1
    enc, dec = dense_pair(0, [6, 5, 4 + 4 + 3]), dense_pair(10, [2 + 3 + 3, 5, 6])
    x = bits((batch, 6), 70)
    normal_c, normal_d, gumbel = wave((batch, 2), 71, 1.2), wave((batch, 2), 72, 1.2), wave((batch, 3), 73, 1.2)
    loc0, scale0 = torch.tensor([-0.5, 0.25]), torch.tensor([0.4, 1.2])
    out = apply_dense(enc, x)
    # Every variable's numbers stand together: [mean, log scale] of each Gaussian one.
    gaussian, igr, gs = out[:, :4].reshape(batch, 2, 2), out[:, 4:8], out[:, 8:]
    mean, scale = gaussian[..., 0], gaussian[..., 1].exp()
    zc = mean + scale * normal_c
    kl_c = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, scale), torch.distributions.Normal(0.0, 1.0)
    ).sum(-1)
    loc, spread = igr[:, :2], igr[:, 2:].exp()
    y = loc + spread * normal_d
    z_igr = F.softmax(torch.cat([y / tau, torch.full((batch, 1), math.log(delta))], -1), -1)
    kl_igr = torch.distributions.kl_divergence(
        torch.distributions.Normal(loc, spread), torch.distributions.Normal(loc0, scale0)
    ).sum(-1)
    logits = F.log_softmax(gs, -1)
    log_z = F.log_softmax((logits + gumbel) / tau, -1)
    uniform = torch.full((3,), -math.log(3.0))
    kl_gs = exp_concrete_log_prob(log_z, logits, tau) - exp_concrete_log_prob(log_z, uniform, tau)
    categorical = (logits.exp() * (logits - uniform)).sum(-1)
    decoded = apply_dense(dec, torch.cat([zc, z_igr, log_z.exp()], -1))
    reconstruction = (x * decoded - F.softplus(decoded)).sum(-1)
    kl_d = kl_igr + kl_gs
    capacity_c, capacity_d = 0.8, 1.7
    if per == "batch":
        penalty = (kl_c.mean() - capacity_c).abs() + (kl_d.mean() - capacity_d).abs()
    else:
        penalty = (kl_c - capacity_c).abs().mean() + (kl_d - capacity_d).abs().mean()
    loss = gamma * penalty - reconstruction.mean()
    variables = enc + dec
    grads = torch.autograd.grad(loss, variables)
    return {
        "loss": loss.item(),
        "reconstruction": numbers(reconstruction),
        "continuousKl": numbers(kl_c),
        "discreteKl": numbers(kl_d),
        "categoricalKl": numbers(categorical),
        "gradients": [numbers(g) for g in grads],
    }


# --- Structured prediction: 3 pixels in, two stochastic layers of 2 units, 3 pixels out ---
def structured(kind, variant, support, hard):
    batch, m, tau = 4, 3, 0.5
    numbers_per_unit = 2 if kind == "igr" else 1
    ends = [(3, 2 * numbers_per_unit), (2, 2 * numbers_per_unit), (2, 3)]
    maps = [
        dense_pair(30 + 10 * i, [a, 2, b] if variant == "tanh" else [a, b]) for i, (a, b) in enumerate(ends)
    ]
    x = bits((batch, 6), 80)
    upper, lower = x[:, :3], x[:, 3:]
    h = upper.expand(m, batch, 3)
    for i, w in enumerate(maps[:2]):
        out = apply_dense(w, h, torch.tanh)
        noise = wave((m, batch, 2), 81 + 2 * i, 1.1)
        if kind == "igr":
            out = out.reshape(m, batch, 2, 2)
            logit = (out[..., 0] + out[..., 1].exp() * noise) / tau
        elif kind == "concrete":
            logit = (out + noise - wave((m, batch, 2), 82 + 2 * i, 1.1)) / tau
        else:
            logit = (out + noise) / tau
        z = (logit > 0).to(torch.float64) if hard else torch.sigmoid(logit)
        h = 2 * z - 1 if support == "signs" else z
    out = apply_dense(maps[2], h, torch.tanh)
    log_prob = (lower * out - F.softplus(out)).sum(-1)
    bound = log_prob.logsumexp(0) - math.log(m)
    loss = -bound.mean()
    result = {"bound": numbers(bound)}
    if not hard:
        result["gradients"] = [numbers(g) for g in torch.autograd.grad(loss, [v for w in maps for v in w])]
    return result


# --- Deep Gaussian mixture: 6 pixels, 2 dimensions, at most 3 sticks ---
def mixture():
    batch, d, cap, tau, delta, rho = 4, 2, 3, 0.4, 0.1, 0.7
    enc, dec = dense_pair(60, [6, 5, 2 * cap + 2 * d]), dense_pair(70, [d, 5, 6])
    means, log_scales = wave((cap + 1, d), 90).requires_grad_(), wave((cap + 1, d), 91).requires_grad_()
    loc0, scale0 = torch.tensor([-0.5, 0.2, 0.1]), torch.tensor([0.7, 1.2, 0.9])
    x = bits((batch, 6), 92)
    out = apply_dense(enc, x)
    loc, scale = out[:, :cap], out[:, cap : 2 * cap].exp()
    z_loc, z_scale = out[:, 2 * cap : 2 * cap + d], out[:, 2 * cap + d :].exp()
    y = loc + scale * wave((batch, cap), 93, 1.2)
    u = torch.sigmoid(y)
    left = torch.cat([torch.ones(batch, 1), torch.cumprod(1 - u, -1)[:, :-1]], -1)
    sticks = u * left
    # Stick k is kept while those before it hold rho at most.
    kept = (sticks.cumsum(-1) - sticks) <= rho
    logits = torch.where(kept, sticks / tau, torch.tensor(-math.inf))
    c = F.softmax(torch.cat([logits, torch.full((batch, 1), math.log(delta))], -1), -1)
    component = torch.distributions.Normal(c @ means, (c @ log_scales).exp())
    z = z_loc + z_scale * wave((batch, d), 94, 1.1)
    normal = torch.distributions.Normal
    kl_c = torch.distributions.kl_divergence(normal(loc, scale), normal(loc0, scale0)).sum(-1)
    kl_z = torch.distributions.kl_divergence(normal(z_loc, z_scale), component).sum(-1)
    decoded = apply_dense(dec, z)
    reconstruction = (x * decoded - F.softplus(decoded)).sum(-1)
    log_weight = (
        reconstruction
        + (normal(loc0, scale0).log_prob(y) - normal(loc, scale).log_prob(y)).sum(-1)
        + (component.log_prob(z) - normal(z_loc, z_scale).log_prob(z)).sum(-1)
    )
    loss = -(reconstruction - kl_c - kl_z).mean()
    grads = torch.autograd.grad(loss, enc + dec + [means, log_scales])
    return {
        "reconstruction": numbers(reconstruction),
        "assignmentKl": numbers(kl_c),
        "componentKl": numbers(kl_z),
        "keptCategories": numbers(kept.to(torch.float64).sum(-1)),
        "logWeight": numbers(log_weight),
        "gradients": [numbers(g) for g in grads],
    }


results = {
    "mixture": mixture(),
    "convolutional": convolutional(),
    "joint": {
        "batch": joint("batch"),
        "example": joint("example"),
    },
    "structured": {
        f"{kind} {variant} {support}": {
            "relaxed": structured(kind, variant, support, False),
            "hard": structured(kind, variant, support, True),
        }
        for kind, variant, support in [
            ("igr", "tanh", "signs"),
            ("igr", "linear", "bits"),
            ("concrete", "tanh", "signs"),
            ("gumbel", "linear", "bits"),
        ]
    },
}
pathlib.Path(__file__).with_name("models.json").write_text(json.dumps(results, indent=1) + "\n")
