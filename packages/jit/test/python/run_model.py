"""Checks an ONNX model and runs it: a JSON request on stdin, the outputs as JSON on stdout."""

import base64
import json
import sys

import numpy as np
import onnx
import onnxruntime

request = json.load(sys.stdin)
model_bytes = base64.b64decode(request["model"])
model = onnx.load_model_from_string(model_bytes)
onnx.checker.check_model(model, full_check=True)

options = onnxruntime.SessionOptions()
options.log_severity_level = 3
session = onnxruntime.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"])
feeds = {
    name: np.array(feed["data"], dtype=feed["dtype"]).reshape(feed["shape"])
    for name, feed in request["feeds"].items()
}
names = [output.name for output in session.get_outputs()]
outputs = session.run(names, feeds)
json.dump(
    {
        "versions": {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__},
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "outputs": {
            name: {"shape": list(output.shape), "dtype": str(output.dtype), "data": output.ravel().tolist()}
            for name, output in zip(names, outputs)
        },
    },
    sys.stdout,
)
