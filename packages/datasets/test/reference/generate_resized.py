"""Bytes of Pillow's bilinear resize: python3 generate_resized.py > resized.json, with requirements.txt."""

import json

import numpy
from PIL import Image

CASES = [  # height, width, channels -> height, width
    (28, 28, 1, 32, 32),
    (178, 178, 3, 64, 64),
    (105, 105, 1, 28, 28),
    (5, 7, 3, 9, 4),
    (1, 3, 1, 2, 8),
    (40, 3, 1, 1, 1),
]


def source(height, width, channels):
    """Edges of full contrast over a ramp; the test makes the same."""
    i = numpy.arange(height * width * channels, dtype=numpy.int64)
    return ((i * i * 7 + (i >> 3) * 11) % 256).astype(numpy.uint8).reshape(height, width, channels)


def resized(height, width, channels, new_height, new_width):
    pixels = source(height, width, channels)
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    result = numpy.asarray(image.resize((new_width, new_height), Image.Resampling.BILINEAR))
    return {"from": [height, width, channels], "to": [new_height, new_width], "bytes": result.tobytes().hex()}


print(json.dumps([resized(*case) for case in CASES], indent=1))
