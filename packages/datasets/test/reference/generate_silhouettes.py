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


def write(name, content):
    file = io.BytesIO()
    savemat(file, content, do_compression=True)
    data = bytearray(file.getvalue())
    # Without the date and the machine.
    data[:116] = b"MATLAB 5.0 MAT-file".ljust(116)
    (FOLDER / name).write_bytes(data)


write("silhouettes.mat", variables)
odd = {
    "train_data": silhouettes(0, 3).T,
    "train_labels": variables["train_labels"],
    "val_data": silhouettes(3, 2),
    "val_labels": variables["val_labels"].T,
    "test_data": silhouettes(5, 2),
    "test_labels": numpy.array([[0], [101]], dtype=numpy.uint8),
}
write("silhouettes-odd.mat", odd)
