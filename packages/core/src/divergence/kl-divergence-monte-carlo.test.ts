import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Independent } from "../combinators/independent.js";
import { Gumbel } from "../distributions/gumbel.js";
import { Logistic } from "../distributions/logistic.js";
import { Normal } from "../distributions/normal.js";
import { createRng } from "../random/create-rng.js";
import { Concrete } from "../relaxations/concrete.js";
import { ExpConcrete } from "../relaxations/exp-concrete.js";
import { klDivergence } from "./kl-divergence.js";

describe("Monte Carlo", () => {
  test("where p has more batch axes than q, draws do not meet p's batch", () => {
    // Both sample count and batch are 3: a wrong broadcast would keep the shape.
    const q = new Normal({ loc: [0, 1, 2], scale: [1, 1, 0.5] });
    const p = new Normal({
      loc: [
        [0, 0, 0],
        [5, 5, 5],
        [-5, 0, 5],
      ],
      scale: 1,
    });
    const exact = klDivergence(q, p);
    expect(klDivergence(q, p, { method: "monte-carlo", rng: createRng(1), samples: 3 }).shape).toEqual([3, 3]);
    const estimate = klDivergence(q, p, { method: "monte-carlo", rng: createRng(1), samples: 20_000 });
    expect(estimate).toBeAllClose(exact, { rtol: 0.03, atol: 0.03 });
  });

  test("gradients agree with the closed form's within 4 standard errors, with and without stickTheLanding", () => {
    const [loc, scale] = [tf.scalar(0.5), tf.scalar(0.7)];
    const p = new Normal({ loc: 0, scale: 1 });
    const gradients = (f: (q: Normal) => tf.Tensor): Float32Array[] =>
      tf
        .grads((loc: tf.Tensor, scale: tf.Tensor) => f(new Normal({ loc, scale })))([loc, scale])
        .map((gradient) => gradient.dataSync<"float32">());
    const exact = gradients((q) => klDivergence(q, p));
    for (const stickTheLanding of [false, true]) {
      const draws = Array.from({ length: 60 }, (_, i) =>
        gradients((q) =>
          klDivergence(q, p, { method: "monte-carlo", rng: createRng(`g${i}`), samples: 50, stickTheLanding }),
        ),
      );
      for (const parameter of [0, 1]) {
        const values = draws.map((draw) => draw[parameter]![0]!);
        const mean = values.reduce((sum, x) => sum + x / 60, 0);
        const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2 / 59, 0) / 60);
        expect(Math.abs(mean - exact[parameter]![0]!) / error).toBeLessThan(4);
      }
    }
  });

  test("stickTheLanding has no gradient noise where q equals p; without it there is", () => {
    const gradient = (stickTheLanding: boolean) =>
      tf.grad((scale: tf.Tensor) =>
        klDivergence(new Normal({ loc: 1, scale }), new Normal({ loc: 1, scale: 2 }), {
          method: "monte-carlo",
          rng: createRng(5),
          stickTheLanding,
        }),
      )(tf.scalar(2));
    expect(gradient(true)).toBeAllClose(0, { atol: 1e-6 });
    expect(Math.abs(gradient(false).dataSync()[0]!)).toBeGreaterThan(0.01);
  });

  test("is used where there is no closed form and rng is given", () => {
    const q = new Logistic({ loc: 0, scale: 1 });
    const p = new Normal({ loc: 0, scale: 2 });
    expect(() => klDivergence(q, p)).toThrow(
      "klDivergence: no closed form for (Logistic, Normal); pass { rng, samples } for a Monte Carlo estimate",
    );
    expect(klDivergence(q, p, { rng: createRng(1), samples: 10 })).toBeAllClose(
      klDivergence(q, p, { method: "monte-carlo", rng: createRng(1), samples: 10 }),
    );
    expect(() => klDivergence(q, p, { method: "closed", rng: createRng(1) })).toThrow("no closed form");
  });

  test("only the result stays in memory", () => {
    const q = new Normal({ loc: tf.scalar(0), scale: 1 });
    const p = new Gumbel({ loc: 0, scale: tf.scalar(2) });
    const rng = createRng(1);
    for (const stickTheLanding of [false, true]) {
      const before = tf.memory().numTensors;
      const result = klDivergence(q, p, { rng, samples: 3, stickTheLanding });
      expect(tf.memory().numTensors).toBe(before + 1);
      result.dispose();
    }
  });
});

describe("relaxed distributions in Independent", () => {
  const concrete = (logits: number[][]) => new Concrete({ temperature: 0.01, logits });
  const [a, b] = [
    concrete([
      [80, 0, -80],
      [1, 2, 3],
    ]),
    concrete([
      [0, 0, 0],
      [3, 2, 1],
    ]),
  ];

  test("Monte Carlo works on log z through the wrapper, finite where z is a vertex", () => {
    const options = { method: "monte-carlo", samples: 200 } as const;
    const whole = klDivergence(new Independent(a, 1), new Independent(b, 1), { ...options, rng: createRng(1) });
    expect(Number.isFinite(whole.dataSync()[0])).toBe(true);
    expect(whole).toBeAllClose(tf.sum(klDivergence(a, b, { ...options, rng: createRng(1) })), { rtol: 1e-4 });
  });

  test("the categorical method sums over the wrapped batch", () => {
    const whole = klDivergence(new Independent(a, 1), new Independent(b, 1), { method: "categorical" });
    expect(whole).toBeAllClose(tf.sum(klDivergence(a.discrete(), b.discrete())));
  });

  test("the error without rng names all ways out", () => {
    expect(() => klDivergence(new Independent(a, 1), new Independent(b, 1))).toThrow(
      "klDivergence: no closed form for (Independent(Concrete), Independent(Concrete)); pass { rng, samples } for a Monte Carlo estimate, method: 'categorical' for that of the discrete ones, or teach it one by registerKl",
    );
  });

  test("z and log z do not mix", () => {
    const q = new ExpConcrete({ temperature: 0.5, logits: [0, 1] });
    const p = new Concrete({ temperature: 0.5, logits: [0, 1] });
    expect(() => klDivergence(new Independent(q, 0), p, { rng: createRng(1) })).toThrow(
      "draws of Independent(ExpConcrete) are logarithms, those of Concrete are not",
    );
  });
});
