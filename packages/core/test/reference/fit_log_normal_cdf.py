"""Coefficients of src/special/log-normal-cdf.ts: log(erfcx(x) / k) as a polynomial in k = 1 / (1 + x / 2), x >= 0.

Interpolation at Chebyshev nodes with 50 digits (mpmath 1.3.0); prints the coefficients, lowest power first, and the
largest error on 1,000 points.
"""

import mpmath as mp

mp.mp.dps = 50
DEGREE = 11


def erfcx(x):
    if x < 25:
        return mp.erfc(x) * mp.exp(x * x)
    total, term = mp.mpf(0), mp.mpf(1)
    for n in range(40):
        total += term
        term *= -(2 * n + 1) / (2 * x * x)
    return total / (x * mp.sqrt(mp.pi))


def target(k):
    return mp.log(erfcx(2 * (1 / mp.mpf(k) - 1)) / k)


nodes = [(mp.cos(mp.pi * (i + mp.mpf(1) / 2) / (DEGREE + 1)) + 1) / 2 for i in range(DEGREE + 1)]
powers = mp.matrix(DEGREE + 1, DEGREE + 1)
values = mp.matrix(DEGREE + 1, 1)
for i, k in enumerate(nodes):
    values[i] = target(k)
    for j in range(DEGREE + 1):
        powers[i, j] = k**j
coefficients = list(mp.lu_solve(powers, values))
grid = [mp.mpf(i) / 1000 for i in range(1, 1001)]
worst = max(abs(mp.polyval(coefficients[::-1], k) - target(k)) for k in grid)
print([mp.nstr(c, 12) for c in coefficients], mp.nstr(worst, 3))
