"""A file laid out as Caltech 101 Silhouettes: python3 generate_silhouettes.py, with requirements.txt."""

import io
import pathlib

import numpy
from scipy.io import savemat

FOLDER = pathlib.Path(__file__).parent


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
