// Stands for tfjs-node in tests: asks node-pre-gyp for its add-on as the real one does, and computes in JavaScript.
const { readFileSync } = require("node:fs");
const util = require("node:util");
const addon = require("@mapbox/node-pre-gyp").find(__filename);
const text = readFileSync(addon, "utf8");
if (process.env.FAKE_ADDON === "broken") {
  const refusal = new Error("libtensorflow_cc.so.2: cannot open shared object file: No such file or directory");
  throw Object.assign(refusal, { code: "ERR_DLOPEN_FAILED" });
}

const wrap = (rows) => ({ rows, dataSync: () => rows.flat() });
const matMul = (a, b) =>
  wrap(a.rows.map((row) => b.rows[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b.rows[k][j], 0))));
const sum = ({ rows }) => wrap([[rows.flat().reduce((s, x) => s + x, 0)]]);
const grad = (f) => (x) =>
  wrap(
    x.rows.map((row, i) =>
      row.map((_, j) => {
        const at = (h) => f(wrap(x.rows.map((r, k) => r.map((v, l) => v + (k === i && l === j ? h : 0))))).rows[0][0];
        return (at(1e-3) - at(-1e-3)) / 2e-3;
      }),
    ),
  );
const factor = process.env.FAKE_ADDON === "wrong" ? 2 : 1;
const engine = { name: "tensorflow" };
module.exports = {
  addon,
  text,
  isNullOrUndefined: util.isNullOrUndefined,
  tensor2d: (rows) => wrap(rows),
  matMul: (a, b) => wrap(matMul(a, b).rows.map((row) => row.map((x) => factor * x))),
  square: ({ rows }) => wrap(rows.map((row) => row.map((x) => x * x))),
  sum,
  grad,
  backend: () => ({
    isUsingGpuDevice: process.env.FAKE_ADDON === "gpu",
    binding: { TF_Version: "2.21.0" },
  }),
  getBackend: () => engine.name,
  setBackend: async (name) => {
    engine.name = name;
    return true;
  },
  removeBackend: () => {},
  getKernelsForBackend: () => [],
  unregisterKernel: () => {},
};
