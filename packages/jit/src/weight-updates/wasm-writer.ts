/** Value types of WebAssembly, by their binary code. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const V128 = 0x7b;

/** Instructions used by the kernels, by their binary code (WebAssembly core specification 2.0, section 5.4). */
export const OP = {
  loop: [0x03, 0x40],
  end: [0x0b],
  brIf: [0x0d],
  localGet: [0x20],
  localSet: [0x21],
  localTee: [0x22],
  i32Const: [0x41],
  f32Const: [0x43],
  i32LtU: [0x49],
  i32Add: [0x6a],
  f32Mul: [0x94],
  f32Div: [0x95],
  v128Load: [0xfd, 0x00],
  v128Store: [0xfd, 0x0b],
  f32x4Splat: [0xfd, 0x13],
  f32x4Abs: [0xfd, 0xe0, 0x01],
  f32x4Neg: [0xfd, 0xe1, 0x01],
  f32x4Sqrt: [0xfd, 0xe3, 0x01],
  f32x4Add: [0xfd, 0xe4, 0x01],
  f32x4Sub: [0xfd, 0xe5, 0x01],
  f32x4Mul: [0xfd, 0xe6, 0x01],
  f32x4Div: [0xfd, 0xe7, 0x01],
  f32x4Min: [0xfd, 0xe8, 0x01],
  f32x4Max: [0xfd, 0xe9, 0x01],
} as const;

/** An unsigned integer in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A signed integer of 32 bits in LEB128. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

/** The four bytes of a float32, little-endian. */
export function float32Bytes(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => view.getUint8(i));
}

function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...unsigned(bytes.length), ...bytes];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** A function that returns nothing: `params` and `locals` are value types, `body` its code without the last `end`. */
export interface WasmFunction {
  readonly params: readonly number[];
  readonly locals: readonly number[];
  readonly body: readonly number[];
}

/** A module that imports `env.memory` and exports the functions as `"0"`, `"1"`, ... */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params }) => [0x60, ...vector(params.map((type) => [type])), 0]);
  const memory = [...name("env"), ...name("memory"), 0x02, 0x00, ...unsigned(1)];
  const bodies = functions.map(({ locals, body }) => {
    const code = [...vector(locals.map((type) => [1, type])), ...body, ...OP.end];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map((_, i) => [...name(String(i)), 0x00, ...unsigned(i)]))),
    ...section(10, vector(bodies)),
  ]);
}
