import { expect, test } from "vitest";
import { normalTable, tableReach, tableRow, tableSteps } from "./normal-table.js";

/** The two cubics of the table at x. */
function read(x: number): [cdf: number, hazard: number] {
  const table = normalTable();
  const position = (x + tableReach) * tableSteps;
  const row = Math.floor(position) * tableRow;
  const d = (position - Math.floor(position)) / tableSteps;
  return [0, 4].map((first) => [3, 2, 1, 0].reduce((sum, k) => sum * d + table[row + first + k]!, 0)) as [
    number,
    number,
  ];
}

// By Python's math.erfc: Phi(x) = erfc(-x / sqrt(2)) / 2.
test.each([
  [-11.2, 2.0386675035449214e-29, 11.287915782473982],
  [-8.003, 6.071197018999519e-16, 8.124325152394164],
  [-3.3, 0.0004834241423837776, 3.563266266677636],
  [-1.2345, 0.1085083233626702, 1.7159978320987257],
  [0.001, 0.500398942213911, 0.7972480500564333],
  [2.2222, 0.9868651037648686, 0.03422485887268662],
  [6.4, 0.9999999999223115, 5.088140282040329e-10],
])("Phi(%f) and the hazard there, to 1e-6 relatively", (x, cdf, hazard) => {
  const [ofTable, hazardOfTable] = read(x);
  expect(Math.abs(ofTable / cdf - 1)).toBeLessThan(1e-6);
  expect(Math.abs(hazardOfTable / hazard - 1)).toBeLessThan(1e-6);
});
