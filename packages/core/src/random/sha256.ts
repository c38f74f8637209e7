/** The first 32 bits of the fractional parts of the `power`-th roots of the first `count` primes (FIPS 180-4, 4.2.2). */
function rootsOfPrimes(count: number, power: number): Uint32Array {
  const roots = new Uint32Array(count);
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) {
      roots[primes.length] = fractionBits(candidate, power);
      primes.push(candidate);
    }
  }
  return roots;
}

/** floor(2^32 frac(n^(1/power))) in whole numbers: the largest x with x^power <= n 2^(32 power). */
function fractionBits(n: number, power: number): number {
  const target = BigInt(n) << BigInt(32 * power);
  let root = 0n;
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) {
    if ((root + bit) ** BigInt(power) <= target) root += bit;
  }
  return Number(root & 0xffffffffn);
}

const roundConstants = rootsOfPrimes(64, 3);
const initialHash = rootsOfPrimes(8, 2);

/** SHA-256 (FIPS 180-4) of a message, as eight 32-bit words. Synchronous, which `crypto.subtle` is not. */
export function sha256(message: Uint8Array): Uint32Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const words = new DataView(padded.buffer);
  words.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  words.setUint32(padded.length - 4, message.length << 3);

  const hash = initialHash.slice();
  const schedule = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = words.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const w2 = schedule[t - 2]!;
      const w15 = schedule[t - 15]!;
      const sigma1 = rotateRight(w2, 17) ^ rotateRight(w2, 19) ^ (w2 >>> 10);
      const sigma0 = rotateRight(w15, 7) ^ rotateRight(w15, 18) ^ (w15 >>> 3);
      schedule[t] = sigma1 + schedule[t - 7]! + sigma0 + schedule[t - 16]!;
    }
    compress(hash, schedule);
  }
  return hash;
}

function compress(hash: Uint32Array, schedule: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = Int32Array.from(hash) as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t++) {
    const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const choice = (e & f) ^ (~e & g);
    const temporary1 = (h + sum1 + choice + roundConstants[t]! + schedule[t]!) | 0;
    const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + temporary1) | 0;
    d = c;
    c = b;
    b = a;
    a = (temporary1 + sum0 + majority) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    hash[index]! += word;
  });
}

function rotateRight(word: number, count: number): number {
  return (word >>> count) | (word << (32 - count));
}
