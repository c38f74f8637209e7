"""Writes safetensors.json with a file made by the reference implementation.

pip install safetensors==0.6.2 numpy==2.2.6 && python safetensors_fixture.py
"""

import base64
import json
import pathlib

import numpy as np
from safetensors.numpy import save

tensors = {
    "encoder.kernel": np.linspace(-2, 2, 12, dtype=np.float32).reshape(3, 4),
    "encoder.steps": np.array([1, -5, 2**31 - 1], dtype=np.int32),
    "likelihood.scale": np.float32(0.1).reshape(()),
}
fixture = {
    "file": base64.b64encode(save(tensors)).decode(),
    "tensors": {name: {"shape": list(t.shape), "values": t.ravel().tolist()} for name, t in tensors.items()},
}
pathlib.Path(__file__).with_name("safetensors.json").write_text(json.dumps(fixture, indent=1) + "\n")
