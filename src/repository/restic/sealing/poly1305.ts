import { makePolyKernel, type PolyKernel } from './poly1305-kernel.ts';

/** Bytes of a tag. */
export const tagSize = 16;

const prime = (1n << 130n) - 5n;
const limb = (1n << 26n) - 1n;
const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

let shared: PolyKernel | undefined;

/**
 * The Poly1305 tag (RFC 8439, 2.5) of a message under the two halves of a one-time key, each of 16 bytes. `r` is clamped here.
 */
export function poly1305(message: Uint8Array, r: Uint8Array, s: Uint8Array): Buffer {
  shared ??= makePolyKernel();
  const { state, input, absorb } = shared;
  const factor = littleEndian(r) & clamp;
  for (let i = 0; i < 5; i++) {
    state[i] = (factor >> BigInt(26 * i)) & limb;
    state[5 + i] = 0n;
  }
  const whole = message.length - (message.length % 16);
  for (let at = 0; at < whole; at += input.length) {
    const piece = message.subarray(at, Math.min(at + input.length, whole));
    input.set(piece);
    absorb(piece.length / 16, 1n << 24n);
  }
  if (whole < message.length) {
    input.fill(0, 0, 16);
    input.set(message.subarray(whole));
    input[message.length - whole] = 1;
    absorb(1, 0n);
  }
  return finish(state, s);
}

function finish(state: BigUint64Array, s: Uint8Array): Buffer {
  let sum = 0n;
  for (let i = 4; i >= 0; i--) sum = (sum << 26n) + (state[5 + i] ?? 0n);
  return tagOf((sum % prime) + littleEndian(s));
}

/** The tag by the definition, in big integers: what the kernel is compared with. Slow. */
export function plainPoly1305(message: Uint8Array, r: Uint8Array, s: Uint8Array): Buffer {
  const factor = littleEndian(r) & clamp;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * factor) % prime;
  }
  return tagOf(sum + littleEndian(s));
}

function tagOf(sum: bigint): Buffer {
  const tag = Buffer.alloc(tagSize);
  tag.writeBigUInt64LE(BigInt.asUintN(64, sum), 0);
  tag.writeBigUInt64LE(BigInt.asUintN(64, sum >> 64n), 8);
  return tag;
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
