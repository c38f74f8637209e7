import {
  type Attribute,
  type ConstantData,
  type ElementType,
  Graph,
  type Initializer,
  type Node,
  type Source,
  sizeOf,
  type Value,
  type ValueType,
} from "./graph.js";

/** Builds a {@link Graph} node by node. Names are numbered in order, so the same trace gives the same graph. */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #constantsByContent = new Map<string, Initializer[]>();
  readonly #constantData = new Map<Value, ConstantData>();
  /** The scalar constants behind the outputs of Expand nodes. */
  readonly #expanded = new Map<Value, Value>();
  #names = 0;
  /** Attached to each node added from now on. */
  source: Source | undefined;

  constructor(readonly name = "jit") {}

  /** A new graph input. Names must be unique; by default one is generated. */
  input(elementType: ElementType, shape: readonly number[], name = this.#nextName("input")): Value {
    const value: Value = { name, elementType, shape: [...shape] };
    this.#inputs.push(value);
    return value;
  }

  /**
   * A constant. The same content, shape and type give the same value.
   * Numbers are converted to the type's array; an array of the right kind is kept as it is, not copied.
   */
  constant(data: ConstantData | readonly number[], shape: readonly number[], elementType: ElementType): Value {
    const array = toConstantData(data, elementType);
    if (array.length !== sizeOf(shape)) {
      throw new RangeError(
        `GraphBuilder.constant: shape [${shape}] needs ${sizeOf(shape)} elements, got ${array.length}`,
      );
    }
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const key = `${elementType}[${shape}]${hash(bytes)}`;
    const candidates = this.#constantsByContent.get(key) ?? [];
    const known = candidates.find((candidate) => sameBytes(bytes, candidate.data));
    if (known) return known.value;
    const value: Value = { name: this.#nextName("constant"), elementType, shape: [...shape] };
    const initializer: Initializer = { value, data: array, ...(this.source && { source: this.source }) };
    this.#constantsByContent.set(key, [...candidates, initializer]);
    this.#initializers.push(initializer);
    this.#constantData.set(value, array);
    return value;
  }

  /** A constant of shape []. */
  scalar(x: number, elementType: ElementType): Value {
    return this.constant([x], [], elementType);
  }

  /** A constant int64 vector, the type of axes, shapes, pads and repeats in ONNX. */
  ints(values: readonly number[]): Value {
    return this.constant(values, [values.length], "int64");
  }

  /** Data of a value made by {@link constant}, otherwise undefined. */
  constantData(value: Value): ConstantData | undefined {
    return this.#constantData.get(value);
  }

  /** Data of a value that is known at trace time: a constant, or one number repeated by an Expand node. */
  knownData(value: Value): ConstantData | undefined {
    const expanded = this.#expanded.get(value);
    if (!expanded) return this.constantData(value);
    const size = sizeOf(value.shape);
    return toConstantData(Array(size).fill(Number(this.constantData(expanded)![0])), value.elementType);
  }

  /** Adds a node; returns its outputs, one for each entry of `outputs`. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly ValueType[],
    domain?: string,
  ): Value[] {
    const values = outputs.map(({ elementType, shape }): Value => {
      if (!shape.every((dimension) => Number.isInteger(dimension) && dimension >= 0)) {
        throw new RangeError(`GraphBuilder.node: ${opType} has the shape [${shape}]; dimensions must be integers >= 0`);
      }
      return { name: this.#nextName(opType), elementType, shape: [...shape] };
    });
    const source = inputs[0];
    if (opType === "Expand" && source && this.constantData(source)?.length === 1) {
      this.#expanded.set(values[0]!, source);
    }
    this.#nodes.push({
      opType,
      inputs: [...inputs],
      outputs: values,
      attributes,
      ...(domain === undefined ? {} : { domain }),
      ...(this.source === undefined ? {} : { source: this.source }),
    });
    return values;
  }

  /** Adds a node with one output and returns the output. */
  op(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
    output: ValueType,
    domain?: string,
  ): Value {
    return this.node(opType, inputs, attributes, [output], domain)[0] as Value;
  }

  /** A value that no node computes: an input of a subgraph. */
  placeholder({ elementType, shape }: ValueType, stem: string): Value {
    return { name: this.#nextName(stem), elementType, shape: [...shape] };
  }

  /** Number of nodes added so far. */
  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** The nodes that `run` adds, for a subgraph, instead of adding them to the graph. Constants are added to the graph. */
  nodesOf(run: () => void): Node[] {
    const outer = this.#nodes;
    this.#nodes = [];
    try {
      run();
      return this.#nodes;
    } finally {
      this.#nodes = outer;
    }
  }

  /** The source of a value; undefined for inputs and constants. */
  sourceOf(value: Value): Source | undefined {
    return this.#nodes.find(({ outputs }) => outputs.includes(value))?.source;
  }

  /**
   * Makes `value` an output, through an Identity node if it cannot be one itself (an input, a constant, already an
   * output).
   */
  output(value: Value): Value {
    const free = !this.#inputs.includes(value) && !this.#constantData.has(value) && !this.#outputs.includes(value);
    const output = free ? value : this.op("Identity", [value], {}, value);
    this.#outputs.push(output);
    return output;
  }

  /** Makes an input a constant, for everything that reads it. */
  freeze(input: Value, data: ConstantData): void {
    this.#inputs.splice(this.#inputs.indexOf(input), 1);
    this.#initializers.push({ value: input, data });
    this.#constantData.set(input, data);
  }

  /** The graph as built so far. */
  finish(): Graph {
    return new Graph(this.name, [...this.#inputs], [...this.#outputs], [...this.#initializers], [...this.#nodes]);
  }

  #nextName(stem: string): string {
    return `${stem}_${this.#names++}`;
  }
}

function toConstantData(data: ConstantData | readonly number[], elementType: ElementType): ConstantData {
  switch (elementType) {
    case "float32":
      return data instanceof Float32Array ? data : Float32Array.from(data as readonly number[]);
    case "int32":
      return data instanceof Int32Array ? data : Int32Array.from(data as readonly number[]);
    case "bool":
      return data instanceof Uint8Array ? data : Uint8Array.from(data as readonly number[], (x) => (x ? 1 : 0));
    case "int64":
      return data instanceof BigInt64Array ? data : BigInt64Array.from(Array.from(data as readonly number[], BigInt));
  }
}

/** FNV-1a over the bytes; collisions are settled by comparison. */
function hash(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h >>> 0;
}

function sameBytes(bytes: Uint8Array, data: ConstantData): boolean {
  const other = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length !== other.length) return false;
  // Not with every(), which took a tenth of the first call of a GPT's step.
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== other[i]) return false;
  return true;
}
