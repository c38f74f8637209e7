/** The table covers numbers from minus this to this. */
export const tableReach = 11.25;
/** Intervals of the table for each standard deviation. */
export const tableSteps = 128;
/** Numbers of the table for each interval: the coefficients of two cubics. */
export const tableRow = 8;

let table: Float64Array | undefined;

/**
 * Phi and phi / Phi of the standard normal as cubics, for loops in float64 that must not compute exponentials. Interval i begins at
 * `-tableReach + i / tableSteps`; its row holds the four coefficients of Phi in powers of the distance from there, lowest first, then
 * those of phi / Phi. Each cubic has the function's values and slopes at both ends: relative errors are below 1e-6 at -11, and below
 * 1e-8 from -5 on.
 */
export function normalTable(): Float64Array {
  if (table === undefined) {
    const intervals = 2 * tableReach * tableSteps;
    table = new Float64Array(intervals * tableRow);
    // The first terms of Laplace's continued fraction; its error of 1e-7 is gone after a tenth of a standard deviation.
    let left = normalAt(
      -tableReach,
      normalDensity(tableReach) / (tableReach + 1 / (tableReach + 2 / (tableReach + 3 / tableReach))),
    );
    for (let interval = 0; interval < intervals; interval++) {
      const [start, end] = [interval, interval + 1].map((index) => index / tableSteps - tableReach) as [number, number];
      // Simpson's rule over an interval is right to 1e-9.
      const mass =
        (normalDensity(start) + 4 * normalDensity((start + end) / 2) + normalDensity(end)) / (6 * tableSteps);
      const right = normalAt(end, left.cdf + mass);
      const ofCdf = cubic(left.cdf, left.density, right.cdf, right.density);
      table.set([...ofCdf, ...cubic(left.hazard, left.slope, right.hazard, right.slope)], interval * tableRow);
      left = right;
    }
  }
  return table;
}

function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** phi, and phi / Phi with its slope, from x and Phi. */
function normalAt(x: number, cdf: number) {
  const density = normalDensity(x);
  const hazard = density / cdf;
  return { cdf, density, hazard, slope: -hazard * (x + hazard) };
}

/** Coefficients of the cubic over one interval with these values and slopes at its ends. */
function cubic(left: number, leftSlope: number, right: number, rightSlope: number): number[] {
  const rise = (right - left) * tableSteps;
  return [
    left,
    leftSlope,
    (3 * rise - 2 * leftSlope - rightSlope) * tableSteps,
    (leftSlope + rightSlope - 2 * rise) * tableSteps * tableSteps,
  ];
}
