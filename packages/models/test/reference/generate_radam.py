"""Writes radam.json: the parameters after each of 30 steps of torch.optim.RAdam on gradients that the test repeats.

    pip install torch==2.* numpy
    python generate_radam.py
"""

import json
import math
from pathlib import Path

import torch

STEPS = 30
cases = []
for settings in [{"lr": 0.05}, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4}]:
    parameter = torch.tensor([0.5, -1.0, 2.0, 0.1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.RAdam([parameter], **settings)
    steps = []
    for t in range(STEPS):
        # A gradient of the parameter and of the step.
        parameter.grad = torch.tensor(
            [math.sin(1.7 * t + k) for k in range(4)], dtype=torch.float64
        ) + 0.3 * parameter.detach()
        optimizer.step()
        steps.append(parameter.detach().tolist())
    cases.append({"settings": settings, "steps": steps})

path = Path(__file__).with_name("radam.json")
path.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}, indent=1) + "\n")
