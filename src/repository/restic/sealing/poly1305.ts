import { keptPoly1305, type RunningMac } from './kept-poly1305.ts';
import { makePolyKernel, type PolyKernel, tagSize } from './poly1305-kernel.ts';
import { fillPowers } from './poly1305-lanes.ts';

const prime = (1n << 130n) - 5n;
const limb = (1n << 26n) - 1n;
const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** Bytes of four blocks; longer messages are taken so much at a time. */
const groupSize = 64;
/** Shorter pieces are not worth their sums to be put together. */
const leastForGroups = 256;

/** Messages, or pieces of them, after which OpenSSL's functions are worth being looked up, which takes some 40 ms. */
const manyMessages = 32;
const pieceSize = 65_536;
let messages = 0;
/** For shorter messages they are not worth the calls. */
const leastForKept = 1024;

let shared: PolyKernel | undefined;
/** The key that the kernel's powers are of. */
let powersOf: Buffer | undefined;

/**
 * The Poly1305 tag (RFC 8439, 2.5) of a message under the two halves of a one-time key, each of 16 bytes. `r` is clamped here.
 */
export function poly1305(message: Uint8Array, r: Uint8Array, s: Uint8Array): Buffer {
  messages += 1 + message.length / pieceSize;
  const fits = messages >= manyMessages && message.length >= leastForKept;
  const kept = fits ? keptPoly1305() : undefined;
  return kept === undefined ? kernelPoly1305(message, r, s) : kept.whole(message, r, s);
}

/** {@link poly1305} of a long message of so many bytes that comes in pieces; to be ended before another is begun. */
export function runningPoly1305(length: number, r: Uint8Array, s: Uint8Array): RunningMac {
  messages += 1 + length / pieceSize;
  const kept = messages >= manyMessages ? keptPoly1305() : undefined;
  return kept?.begin(r, s) ?? kernelRunning(r, s);
}

/** The same by our own kernel: what OpenSSL's is compared with, and takes its place for short messages and where there is none. */
export function kernelPoly1305(message: Uint8Array, r: Uint8Array, s: Uint8Array): Buffer {
  const mac = kernelRunning(r, s);
  mac.update(message);
  return mac.end();
}

/** {@link runningPoly1305} by our own kernel. */
export function kernelRunning(r: Uint8Array, s: Uint8Array): RunningMac {
  const kernel = keyed(r);
  kernel.sum.fill(0);
  return {
    update: piece => absorbPiece(kernel, piece),
    end: () => {
      kernel.tag.set(s);
      kernel.finish();
      return Buffer.from(kernel.tag);
    },
  };
}

function absorbPiece(kernel: PolyKernel, message: Uint8Array): void {
  const { input, absorb } = kernel;
  const whole = message.length - (message.length % 16);
  for (let at = 0; at < whole; at += input.length) {
    const piece = message.subarray(at, Math.min(at + input.length, whole));
    input.set(piece);
    absorbBlocks(kernel, piece.length);
  }
  if (whole === message.length) return;
  input.fill(0, 0, 16);
  input.set(message.subarray(whole));
  input[message.length - whole] = 1;
  absorb(1, 0n);
}

/** The kernel with a key; it mostly has it already, because a repository has one. */
function keyed(r: Uint8Array): PolyKernel {
  shared ??= makePolyKernel();
  if (powersOf?.equals(r) === true) return shared;
  const first = littleEndian(r) & clamp;
  const second = (first * first) % prime;
  const third = (second * first) % prime;
  for (let i = 0; i < 5; i++) shared.state[i] = (first >> BigInt(26 * i)) & limb;
  fillPowers(shared.powers, [first, second, third, (third * first) % prime]);
  powersOf = Buffer.from(r);
  return shared;
}

/** Whole blocks at the beginning of the kernel's input. */
function absorbBlocks({ input, absorb, absorbGroups }: PolyKernel, length: number): void {
  const grouped = length < leastForGroups ? 0 : length - (length % groupSize);
  if (grouped > 0) absorbGroups(grouped / groupSize);
  if (grouped === length) return;
  input.copyWithin(0, grouped, length);
  absorb((length - grouped) / 16, 1n << 24n);
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
