"""Coefficients of src/special/log-normal-cdf-bounded.ts: log(Phi(x) / Phi(-x)) / x as a rational function of x^2.

Relative minimax fit on |x| <= 10.8 by reweighted least squares (mpmath 1.3.0, numpy 2.4.6); prints numerator and
denominator, lowest power first, and the largest relative error.
"""

import mpmath as mp
import numpy as np

mp.mp.dps = 40
END, POINTS, NUMERATOR, DENOMINATOR = mp.mpf("10.8"), 400, 5, 4


def logit(x):
    return mp.log(mp.erfc(-x / mp.sqrt(2))) - mp.log(mp.erfc(x / mp.sqrt(2)))


points = [END * (1 - mp.cos(mp.pi * (mp.mpf(i) + mp.mpf(1) / 2) / POINTS)) / 2 for i in range(POINTS)]
z = np.array([float((x / END) ** 2) for x in points])
target = np.array([float(logit(x) / x) for x in points])
powers_n = np.vander(z, NUMERATOR + 1, increasing=True)
powers_d = np.vander(z, DENOMINATOR + 1, increasing=True)[:, 1:]
weights, denominator, best = np.ones(POINTS), np.ones(POINTS), (np.inf, None)
for step in range(400):
    row = weights / np.abs(denominator) / target
    matrix = np.hstack([powers_n, -target[:, None] * powers_d]) * row[:, None]
    solution = np.linalg.lstsq(matrix, target * row, rcond=None)[0]
    denominator = 1 + powers_d @ solution[NUMERATOR + 1 :]
    error = np.abs(powers_n @ solution[: NUMERATOR + 1] / denominator / target - 1)
    if error.max() < best[0]:
        best = (error.max(), solution)
    if step > 5:
        weights *= 0.5 + error / error.max()
        weights /= weights.mean()

worst, solution = best
scaled_n = [c / float(END) ** (2 * i) for i, c in enumerate(solution[: NUMERATOR + 1])]
scaled_d = [1.0] + [c / float(END) ** (2 * i + 2) for i, c in enumerate(solution[NUMERATOR + 1 :])]
print([float(f"{c:.10g}") for c in scaled_n])
print([float(f"{c:.10g}") for c in scaled_d])
print(f"{worst:.2g}")
