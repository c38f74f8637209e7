"""MAT-files laid out as Burda's chardata.mat, small: python3 generate_chardata.py, with requirements.txt."""

import io
import pathlib

import numpy
from scipy.io import savemat

FOLDER = pathlib.Path(__file__).parent


def images(count, first):
    """Strokes that tell rows from columns, in intensities that no byte has; the test makes the same."""
    pixel, image = numpy.meshgrid(numpy.arange(784), numpy.arange(first, first + count), indexing="ij")
    column, row = pixel // 28, pixel % 28
    return numpy.where((row + 2 * column + 3 * image) % 11 == 0, (pixel % 97 + image) / 103.0, 0.0)


def one_hot(indices, size):
    return numpy.eye(size)[:, indices]


variables = {
    "data": images(5, 0),
    "target": one_hot([2, 0, 2, 1, 0], 3),
    "targetchar": numpy.array([[1, 12, 3, 1, 2]], dtype=numpy.float64),
    "testdata": images(3, 5),
    "testtarget": one_hot([1, 0, 2], 3),
    "testtargetchar": numpy.array([[2, 12, 1]], dtype=numpy.uint8),
    "note": "text, which is no matrix",
}


def write(name, content, **options):
    file = io.BytesIO()
    savemat(file, content, **options)
    data = bytearray(file.getvalue())
    # Without the date and the machine.
    data[:116] = b"MATLAB 5.0 MAT-file".ljust(116)
    (FOLDER / name).write_bytes(data)


write("chardata.mat", variables, do_compression=True)
plain = {"data": images(2, 0).astype(numpy.float32), "testdata": numpy.zeros((784, 1), dtype=numpy.uint8)}
write("chardata-plain.mat", plain, do_compression=False)
write("chardata-transposed.mat", {"data": images(5, 0).T, "testdata": images(3, 5).T}, do_compression=True)
