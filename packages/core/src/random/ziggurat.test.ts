import { expect, test } from "vitest";
import { chiSquareScore, kolmogorovSmirnov, meanScore, normalCdf } from "../../test/statistics.js";
import { exponentialPlace, exponentialZiggurat, fillGumbel, fillNormal, normalZiggurat } from "./ziggurat.js";

// Any state will do; fixed, so that a passing test passes again.
const freshState = () => Int32Array.of(0x243f6a88, 0x5a308d31, 0x13198a2e, 0x03707344);

test.each([
  ["normal", normalZiggurat],
  ["exponential", exponentialZiggurat],
])(
  "all 256 layers of the %s ziggurat have one area, and the last one ends at the top of the density",
  (_, ziggurat) => {
    const { edge, density } = ziggurat;
    const area = edge[0]! * density[1]!;
    for (let layer = 1; layer < 255; layer++) {
      expect((edge[layer]! * (density[layer + 1]! - density[layer]!)) / area).toBeCloseTo(1, 12);
    }
    expect((edge[255]! * (1 - density[255]!)) / area).toBeCloseTo(1, 6);
    expect(edge[256]).toBe(0);
    expect(density[256]).toBe(1);
  },
);

test("the normal area is the tail's plus the base's", () => {
  const start = normalZiggurat.edge[1]!;
  const tail = Math.sqrt(2 * Math.PI) * normalCdf(-start);
  expect(start * Math.exp((-start * start) / 2) + tail).toBeCloseTo(
    normalZiggurat.edge[0]! * normalZiggurat.density[1]!,
    15,
  );
});

const normals = new Float32Array(200_000);
fillNormal(freshState(), normals);
const gumbels = new Float32Array(400_000);
fillGumbel(freshState(), gumbels);
const gumbelCdf = (x: number) => Math.exp(-Math.exp(-x));

test("normal draws have the normal cdf (Kolmogorov-Smirnov, p > 0.001)", () => {
  expect(kolmogorovSmirnov(normals, normalCdf)).toBeLessThan(1.95);
});

test.each([
  ["mean", (x: number) => x, 0],
  ["variance", (x: number) => x * x, 1],
  ["skewness", (x: number) => x ** 3, 0],
  ["kurtosis", (x: number) => x ** 4, 3],
  ["sixth moment", (x: number) => x ** 6, 15],
])("normal draws have the normal %s within 4 standard errors", (_, power, expected) => {
  expect(Math.abs(meanScore(Float64Array.from(normals, power), expected))).toBeLessThan(4);
});

test("gumbel draws have the Gumbel cdf (Kolmogorov-Smirnov, p > 0.001)", () => {
  expect(kolmogorovSmirnov(gumbels, gumbelCdf)).toBeLessThan(1.95);
});

test.each([
  ["mean", (x: number) => x, 0.5772156649015329],
  ["second moment", (x: number) => x * x, Math.PI ** 2 / 6 + 0.5772156649015329 ** 2],
])("gumbel draws have the Gumbel %s within 4 standard errors", (_, power, expected) => {
  expect(Math.abs(meanScore(Float64Array.from(gumbels, power), expected))).toBeLessThan(4);
});

test("normal draws beyond the last edge of the ziggurat have the tail's share and shape", () => {
  // Few draws come from the tail: 4 million, of which 1,030 are expected beyond 3.654, and their cdf given that.
  const state = freshState();
  const start = normalZiggurat.edge[1]!;
  const block = new Float32Array(1_000_000);
  const tail: number[] = [];
  for (let repeat = 0; repeat < 4; repeat++) {
    fillNormal(state, block);
    tail.push(...block.filter((x) => Math.abs(x) > start));
  }
  const expected = 4e6 * 2 * normalCdf(-start);
  expect(Math.abs(tail.length - expected) / Math.sqrt(expected)).toBeLessThan(4);
  const beyond = (x: number) => 1 - normalCdf(-Math.abs(x)) / normalCdf(-start);
  expect(kolmogorovSmirnov(tail.map(Math.abs), (x) => beyond(x))).toBeLessThan(1.95);
  expect(Math.abs(tail.filter((x) => x > 0).length - tail.length / 2) / Math.sqrt(tail.length / 4)).toBeLessThan(4);
});

test("both tails of gumbel draws have their share in every decade", () => {
  const edges = [-Infinity, -2.4, -2.2, -1.9, -1.5, 4.6, 6.9, 9.2, Infinity];
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const x of gumbels) counts[edges.findIndex((edge) => x < edge) - 1]! += 1;
  const expected = counts.map((_, cell) => gumbels.length * (gumbelCdf(edges[cell + 1]!) - gumbelCdf(edges[cell]!)));
  expect(Math.min(...expected)).toBeGreaterThan(5);
  expect(Math.abs(chiSquareScore(counts, expected))).toBeLessThan(4);
});

test("no two neighbouring normal draws are correlated through their layer", () => {
  // Doornik's test: with the layer taken from the bits of the place, squares of neighbours deviate.
  const cells = new Array<number>(16).fill(0);
  const quartile = 0.6744897501960817;
  const cell = (x: number) => (x < -quartile ? 0 : x < 0 ? 1 : x < quartile ? 2 : 3);
  for (let i = 0; i + 1 < normals.length; i += 2) cells[4 * cell(normals[i]!) + cell(normals[i + 1]!)]! += 1;
  expect(Math.abs(chiSquareScore(cells, new Array(16).fill(normals.length / 32)))).toBeLessThan(4);
});

test("the smallest place of every layer is positive, so that no Gumbel draw is infinite", () => {
  for (let layer = 0; layer < 256; layer++) {
    const smallest = exponentialPlace(layer, layer, 0);
    expect(smallest).toBe(2 ** -53 * exponentialZiggurat.edge[layer]!);
    expect(Math.fround(-Math.log(smallest))).toBeLessThan(40);
  }
});
