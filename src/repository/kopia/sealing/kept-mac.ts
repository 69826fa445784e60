import { endianness } from 'node:os';
import { type LibcFunction, libc } from '../../posix/libc.ts';

/** Writes the tag of a message under the kept key into `target`, as many bytes as it is long. */
export type KeptMac = (message: Uint8Array, target: Uint8Array) => void;

/** What OpenSSL is to compute. */
export interface MacAlgorithm {
  /** OpenSSL's name: `HMAC`, `BLAKE2BMAC`, … */
  readonly name: string;
  /** Its parameters: text, or a number for one of type `size_t`. */
  readonly parameters: Readonly<Record<string, string | number>>;
}

/**
 * A code of authentication by OpenSSL's own interface, which Node's binary carries and exports: one context is kept for the key,
 * and the message is read where it lies. `undefined` where the functions, or the algorithm, are not to be found.
 */
export function keptMac({ name, parameters }: MacAlgorithm, key: Uint8Array): KeptMac | undefined {
  if (endianness() !== 'LE') return undefined; // the parameters' layout below is of 64-bit little-endian machines
  let context: number;
  let begin: LibcFunction;
  try {
    const fetch = libc('EVP_MAC_fetch', 'void *', ['void *', 'const void *', 'void *']);
    const algorithm = fetch(null, zeroEnded(name), null);
    if (!algorithm) return undefined;
    context = libc('EVP_MAC_CTX_new', 'void *', ['void *'])(algorithm);
    begin = libc('EVP_MAC_init', 'int', ['void *', 'const void *', 'size_t', 'void *']);
    if (begin(context, key, key.length, encodeParameters(parameters)) !== 1) return undefined;
  } catch {
    return undefined; // this Node does not export them, or nothing can call them
  }
  return macOf(context, begin, key);
}

function macOf(context: number, begin: LibcFunction, key: Uint8Array): KeptMac {
  const update = libc('EVP_MAC_update', 'int', ['void *', 'const void *', 'size_t']);
  const end = libc('EVP_MAC_final', 'int', ['void *', 'void *', 'void *', 'size_t']);
  const written = new Uint8Array(8);
  return (message, target) => {
    const ok =
      begin(context, key, key.length, null) === 1 &&
      update(context, message, message.length) === 1 &&
      end(context, target, written, target.length) === 1;
    if (!ok) throw new Error('OpenSSL failed to authenticate');
  };
}

const [textType, numberType] = [4, 2];
const entrySize = 40;

/**
 * The array of OSSL_PARAM: for each the address of its name, its type, the address of its value, the value's size, and room for an
 * answer; then one of zeros. It is allocated once for each key of a thread and stays.
 */
function encodeParameters(parameters: MacAlgorithm['parameters']): number {
  const entries = Object.entries(parameters);
  const array = Buffer.alloc(entrySize * (entries.length + 1));
  for (const [index, [name, value]] of entries.entries()) {
    const isText = typeof value === 'string';
    const bytes = isText ? zeroEnded(value) : Buffer.alloc(8);
    if (!isText) bytes.writeBigUInt64LE(BigInt(value));
    const at = index * entrySize;
    array.writeBigUInt64LE(BigInt(allocated(zeroEnded(name))), at);
    array.writeUInt32LE(isText ? textType : numberType, at + 8);
    array.writeBigUInt64LE(BigInt(allocated(bytes)), at + 16);
    array.writeBigUInt64LE(BigInt(isText ? value.length : bytes.length), at + 24);
  }
  return allocated(array);
}

/** The address of a copy that never moves, which memory of JavaScript may. */
function allocated(bytes: Buffer): number {
  const address = libc('malloc', 'void *', ['size_t'])(bytes.length);
  if (!address) throw new Error('no memory');
  libc('memcpy', 'void *', ['void *', 'const void *', 'size_t'])(address, bytes, bytes.length);
  return address;
}

function zeroEnded(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
