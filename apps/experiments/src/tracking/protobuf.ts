/** Fields of protocol buffers, as far as event files need them: the number of a field and its wire type, then the value. */

export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return concat([varint((field << 3) | 2), varint(value.length), value]);
}

export function integerField(field: number, value: number): Uint8Array {
  return concat([varint(field << 3), varint(value)]);
}

export function floatField(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return concat([varint((field << 3) | 5), data]);
}

export function doubleField(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return concat([varint((field << 3) | 1), data]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** The integer of a field of a message; undefined if the message lacks it. @throws RangeError for bytes that end too early. */
export function readInteger(message: Uint8Array, field: number): number | undefined {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = message[at];
      if (byte === undefined) throw new RangeError("readInteger: the message ends within a field");
      at += 1;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = next();
    const [number, type] = [key >>> 3, key & 7];
    if (type === 0) {
      const value = next();
      if (number === field) return value;
    } else {
      const length = type === 1 ? 8 : type === 5 ? 4 : next();
      at += length;
    }
  }
  return undefined;
}

/** Seven bits a byte, the lowest first; of safe integers >= 0. */
function varint(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 128) {
    digits.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...digits, rest]);
}
