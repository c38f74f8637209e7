"""Pictures in unusual colors, and a file laid out as Caltech 101 Silhouettes: python3 generate_odd_files.py, with requirements.txt."""

import base64
import io
import json
import pathlib

import numpy
from PIL import Image
from scipy.io import savemat

FOLDER = pathlib.Path(__file__).parent
SIDE = 16
y, x = numpy.mgrid[0:SIDE, 0:SIDE]
rgb = Image.fromarray(numpy.stack([15 * x, 15 * y, 200 - 10 * x], axis=-1).astype(numpy.uint8))


def entry(picture, **options):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=0, **options)
    decoded = Image.open(io.BytesIO(file.getvalue())).convert("RGB")
    return {"bytes": base64.b64encode(file.getvalue()).decode(), "rgb": numpy.asarray(decoded).ravel().tolist()}


cmyk = Image.fromarray(numpy.stack([15 * x, 15 * y, 100 + 0 * x, 5 * (x + y)], axis=-1).astype(numpy.uint8), "CMYK")
pictures = {
    "YCbCr": entry(rgb),
    "RGB, Adobe transform 0": entry(rgb, keep_rgb=True),
    "CMYK": entry(cmyk),
    "grey": entry(rgb.convert("L")),
}
(FOLDER / "odd-pictures.json").write_text(json.dumps(pictures, separators=(",", ":")) + "\n")


def silhouettes(first, count):
    """Image i has its figure (0) where row + 2 * column + i is a multiple of 5, column by column."""
    image, pixel = numpy.mgrid[first : first + count, 0:784]
    return ((pixel % 28 + 2 * (pixel // 28) + image) % 5 != 0).astype(numpy.uint8)


variables = {}
for name, first, count in [("train", 0, 3), ("val", 3, 2), ("test", 5, 2)]:
    variables[f"{name}_data"] = silhouettes(first, count)
    variables[f"{name}_labels"] = numpy.arange(1 + first, 1 + first + count, dtype=numpy.uint8).reshape(-1, 1)
variables["classnames"] = numpy.array([["accordion", "airplanes"]], dtype=object)
file = io.BytesIO()
savemat(file, variables, do_compression=True)
data = bytearray(file.getvalue())
data[:116] = b"MATLAB 5.0 MAT-file".ljust(116)
(FOLDER / "silhouettes.mat").write_bytes(data)
