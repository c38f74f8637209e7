/** Adam (Kingma and Ba 2015) on float64 parameters. */
export class Adam {
  readonly #learningRate: number;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  constructor(size: number, learningRate: number) {
    this.#learningRate = learningRate;
    this.#first = new Float64Array(size);
    this.#second = new Float64Array(size);
  }

  /** One step downhill, in place. */
  update(parameters: Float64Array, gradient: Float64Array): void {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    this.#steps++;
    const correction1 = 1 - beta1 ** this.#steps;
    const correction2 = 1 - beta2 ** this.#steps;
    for (let index = 0; index < parameters.length; index++) {
      const slope = gradient[index] as number;
      const first = beta1 * (this.#first[index] as number) + (1 - beta1) * slope;
      const second = beta2 * (this.#second[index] as number) + (1 - beta2) * slope * slope;
      this.#first[index] = first;
      this.#second[index] = second;
      const direction = first / correction1 / (Math.sqrt(second / correction2) + epsilon);
      parameters[index] = (parameters[index] as number) - this.#learningRate * direction;
    }
  }
}
