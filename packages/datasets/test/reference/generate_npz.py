"""Files laid out as KMNIST's in NumPy's format, small: python3 generate_npz.py, with requirements.txt."""

import pathlib

import numpy

FOLDER = pathlib.Path(__file__).parent
images = ((numpy.arange(20 * 784) * 7) % 251).astype(numpy.uint8).reshape(20, 28, 28)
labels = (numpy.arange(20) % 10).astype(numpy.uint8)
numpy.savez_compressed(FOLDER / "kmnist-test-imgs.npz", images)
numpy.savez(FOLDER / "kmnist-test-labels.npz", labels)
