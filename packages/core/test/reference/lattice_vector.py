"""Generating vector of src/argmax/lattice.ts: an embedded rank-1 lattice for 64, 128, ..., 8192 points.

Component by component (Cools, Kuo and Nuyens 2006): each component minimizes the sum over the numbers of points of the
logarithm of the squared worst-case error in the shift-averaged Sobolev space with weights 1 / j. numpy 2.4.6; a minute.
"""

import numpy as np

COMPONENTS, SIZES = 127, [2**m for m in range(6, 14)]
largest = SIZES[-1]
candidates = np.arange(1, largest // 2, 2)
index = np.arange(largest)
bernoulli = {n: (np.arange(n) / n) ** 2 - np.arange(n) / n + 1 / 6 for n in SIZES}
products = {n: np.ones(n) for n in SIZES}
vector = []
for component in range(1, COMPONENTS + 1):
    total = np.zeros(len(candidates))
    for n in SIZES:
        # Candidates that are equal modulo n, or opposite, give one lattice of n points.
        classes, inverse = np.unique(np.minimum(candidates % n, n - candidates % n), return_inverse=True)
        error = np.empty(len(classes))
        for start in range(0, len(classes), 256):
            rows = (classes[start : start + 256, None] * index[:n]) % n
            error[start : start + 256] = bernoulli[n][rows] @ products[n]
        error = (products[n].sum() + error / component) / n - 1
        total += np.log(np.maximum(error, 1e-300))[inverse]
    best = 1 if component == 1 else int(candidates[np.argmin(total)])
    vector.append(best)
    for n in SIZES:
        products[n] *= 1 + bernoulli[n][(best * index[:n]) % n] / component
print(vector)
