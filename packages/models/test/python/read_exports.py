"""Opens exported weights and networks: a JSON request on stdin, what they hold and give as JSON on stdout."""

import hashlib
import json
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

request = json.load(sys.stdin)
result = {"tensors": {}, "networks": []}
for name, array in load_file(request["safetensors"]).items():
    sha256 = hashlib.sha256(array.tobytes()).hexdigest()
    result["tensors"][name] = {"dtype": str(array.dtype), "shape": list(array.shape), "sha256": sha256}

for network in request["networks"]:
    model = onnx.load(network["file"])
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(network["file"], options, providers=["CPUExecutionProvider"])
    outputs = []
    for feed in network["feeds"]:
        x = np.array(feed["data"], dtype=np.float32).reshape(feed["shape"])
        (y,) = session.run(["outputs"], {network["input"]: x})
        outputs.append({"shape": list(y.shape), "data": y.ravel().tolist()})
    inputs = [{"name": each.name, "shape": each.shape} for each in session.get_inputs()]
    result["networks"].append({"inputs": inputs, "outputs": outputs, "domains": [o.domain for o in model.opset_import]})
json.dump(result, sys.stdout)
