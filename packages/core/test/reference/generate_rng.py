"""The generator of src/random/create-rng.ts, written a second time: prints the constants that create-rng.test.ts pins.

hashlib's SHA-256 keys the streams, xoshiro128++ is transcribed from the authors' C program, and the ziggurats draw by
the same rules. Python 3.9+, nothing else.
"""

import hashlib
import math
import struct

ALGORITHM = b"xoshiro128++/ziggurat256/sha256/1"
MASK = 0xFFFFFFFF


def root_key(seed):
    text = f"number:{seed}" if isinstance(seed, int) else f"string:{seed}"
    return hashlib.sha256(ALGORITHM + b"\n" + text.encode()).digest()


def fork_key(key, label):
    return hashlib.sha256(key + label.encode()).digest()


def rotl(x, k):
    return ((x << k) | (x >> (32 - k))) & MASK


class Stream:
    def __init__(self, key):
        self.s = list(struct.unpack(">4I", key[:16]))

    def word(self):
        s = self.s
        result = (rotl((s[0] + s[3]) & MASK, 7) + s[0]) & MASK
        t = (s[1] << 9) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 11)
        return result

    def uniform(self):
        return (2 * (self.word() >> 9) + 1) * 2.0**-24

    def open_uniform(self):
        high = self.word() >> 6
        return (high * 2**26 + (self.word() >> 6) + 0.5) * 2.0**-52

    def normal(self):
        while True:
            word = self.word()
            layer = word & 255
            place = (word >> 8) - (1 << 24 if word >> 31 else 0)
            x = (place + 0.5) * (NORMAL[layer] * 2.0**-23)
            if abs(x) < NORMAL[layer + 1]:
                return x
            if layer == 0:
                while True:
                    beyond = -math.log(self.open_uniform()) / NORMAL[1]
                    if -2 * math.log(self.open_uniform()) > beyond * beyond:
                        return math.copysign(NORMAL[1] + beyond, x)
            low, high = normal_density(NORMAL[layer]), normal_density(NORMAL[layer + 1])
            if low + self.open_uniform() * (high - low) < normal_density(x):
                return x

    def exponential(self):
        shift = 0.0
        while True:
            high = self.word()
            layer = high & 255
            x = ((high >> 8) * 2**28 + (self.word() >> 4) + 0.5) * (EXPONENTIAL[layer] * 2.0**-52)
            if x < EXPONENTIAL[layer + 1]:
                return shift + x
            if layer == 0:
                shift += EXPONENTIAL[1]
                continue
            bottom, top = math.exp(-EXPONENTIAL[layer]), math.exp(-EXPONENTIAL[layer + 1])
            if bottom + self.open_uniform() * (top - bottom) < math.exp(-x):
                return shift + x


def normal_density(x):
    return math.exp(-x * x / 2)


def edges(start, area, density, inverse):
    result = [area / density(start), start]
    while len(result) < 256:
        result.append(inverse(area / result[-1] + density(result[-1])))
    return result + [0.0]


NORMAL = edges(3.6541528853610088, 0.00492867323397465, normal_density, lambda y: math.sqrt(-2 * math.log(y)))
EXPONENTIAL = edges(7.69711747013105, 0.003949659822581557, lambda x: math.exp(-x), lambda y: -math.log(y))

words = Stream(root_key(42))
print("words of 42:", [words.word() for _ in range(3)])
forked = Stream(fork_key(fork_key(root_key("seed"), "a"), "\u00e9"))
print("words of 'seed', forks a, e-acute:", [forked.word() for _ in range(3)])
for name, draw in [("normal", Stream.normal), ("uniform", Stream.uniform), ("gumbel", lambda s: -math.log(s.exponential()))]:
    stream = Stream(root_key(42))
    draws = [draw(stream) for _ in range(20_000)]
    print(name, "of 42, first 3 and number 20,000:", [float(f"{x:.9g}") for x in draws[:3] + draws[-1:]])
