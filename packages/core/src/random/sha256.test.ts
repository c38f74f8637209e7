import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.js";

function hex(message: Uint8Array): string {
  return Array.from(sha256(message), (word) => word.toString(16).padStart(8, "0")).join("");
}

// NIST, FIPS 180-4 examples.
test.each([
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
])("gives the published hash of %j", (message, expected) => {
  expect(hex(new TextEncoder().encode(message))).toBe(expected);
});

test("agrees with node:crypto for every length around the block boundaries", () => {
  for (let length = 0; length <= 200; length++) {
    const message = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 255);
    expect(hex(message)).toBe(createHash("sha256").update(message).digest("hex"));
  }
});
