import { scrypt as nodesScrypt, pbkdf2Sync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { discard, preferLargePages } from '../posix/memory-advice.ts';
import {
  fromVectors,
  makeScryptKernel,
  type ScryptKernel,
  type ScryptSizes,
  toVectors,
} from './scrypt-kernel.ts';

/** What scrypt is told of its work, and how many bytes the key has. */
export interface ScryptOptions {
  /** A power of two, from 2 on. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly size: number;
}

/** Blocks of 128 bytes that are mixed, from which on the kernel is worth being made; and bytes of its table, at most. */
const [leastWork, mostMemory] = [2 ** 18, 128 * 1024 * 1024];
/** Bytes of two tables, up to which two blocks are mixed beside each other: what kopia's one table has. */
const mostBeside = 64 * 1024 * 1024;
/** Bytes of what the kernel is given, at most. */
const mostInput = 1024 * 1024;
/** How many blocks are made at once, and after how many milliseconds others have their turn. */
const [slice, patience] = [256, 5];

/**
 * The key that scrypt (RFC 7914) derives: by a kernel of vectors, in this thread and with pauses, which takes two thirds to three quarters
 * of the time of Node's own call. That is used for little work, for much memory, and where the engine has no vectors.
 */
export async function scrypt(
  password: Uint8Array,
  salt: Uint8Array,
  options: ScryptOptions,
): Promise<Buffer> {
  const { n, r, p } = options;
  const isUsual = n * r * p >= leastWork && 128 * n * r <= mostMemory && 128 * r * p <= mostInput;
  const byKernel = isUsual ? await scryptByKernel(password, salt, options) : undefined;
  return byKernel ?? scryptByNode(password, salt, options);
}

/** `undefined` where the kernel cannot be had. */
export async function scryptByKernel(
  password: Uint8Array,
  salt: Uint8Array,
  { n, r, p, size }: ScryptOptions,
): Promise<Buffer | undefined> {
  const input = pbkdf2Sync(password, salt, 1, 128 * r * p, 'sha256');
  const words = new Uint32Array(new Uint8Array(input).buffer);
  input.fill(0);
  const blocks = Array.from({ length: p }, (_, at) => words.subarray(32 * r * at, 32 * r * (at + 1)));
  const paired = 2 * 128 * n * r <= mostBeside ? p - (p % 2) : 0;
  const isMixed =
    (await mixAll(blocks.slice(0, paired), { n, r, lanes: 2 })) &&
    (await mixAll(blocks.slice(paired), { n, r, lanes: 1 }));
  const mixed = new Uint8Array(words.buffer);
  const key = isMixed ? pbkdf2Sync(password, mixed, 1, size, 'sha256') : undefined;
  mixed.fill(0);
  return key;
}

/** Mixes each block in its place, as many beside each other as there are lanes. @returns whether the kernel can be had */
async function mixAll(blocks: readonly Uint32Array[], sizes: ScryptSizes): Promise<boolean> {
  if (blocks.length === 0) return true;
  const kernel = makeScryptKernel(sizes);
  if (kernel === undefined) return false;
  preferLargePages(kernel.memory);
  try {
    for (let at = 0; at < blocks.length; at += sizes.lanes)
      await mix(kernel, blocks.slice(at, at + sizes.lanes), sizes.n);
    return true;
  } finally {
    discard(kernel.memory);
  }
}

/** @param blocks one for each lane */
async function mix(kernel: ScryptKernel, blocks: readonly Uint32Array[], n: number): Promise<void> {
  for (const [lane, input] of kernel.inputs.entries()) toVectors(input, blocks[lane] as Uint32Array);
  await inSlices(n, (from, count) => kernel.fill(from, count));
  await inSlices(n, (_, count) => kernel.mix(count));
  for (const [lane, output] of kernel.outputs.entries()) fromVectors(blocks[lane] as Uint32Array, output);
}

async function inSlices(total: number, make: (from: number, count: number) => void): Promise<void> {
  let begun = performance.now();
  for (let from = 0; from < total; from += slice) {
    make(from, Math.min(slice, total - from));
    if (performance.now() - begun < patience) continue;
    await setImmediate();
    begun = performance.now();
  }
}

function scryptByNode(
  password: Uint8Array,
  salt: Uint8Array,
  { n, r, p, size }: ScryptOptions,
): Promise<Buffer> {
  const maxmem = 2 * 128 * n * r + 128 * r * p + 65536;
  return new Promise((resolve, reject) => {
    nodesScrypt(password, salt, size, { N: n, r, p, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
