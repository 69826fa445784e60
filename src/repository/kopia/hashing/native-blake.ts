import { createRequire } from 'node:module';
import { whileNoneEnds } from '../../posix/thread-end.ts';

/** Hashes under a key; the result is new memory. */
export type KeyedHash = (message: Uint8Array) => Buffer;

/** What is used of `@napi-rs/blake-hash`: `update` reads the message where it lies. */
interface BlakeHash {
  readonly Blake2BParam: new () => { key(key: Buffer): void; hashLength(bytes: number): void };
  readonly Blake2BHasher: { withParams(given: object): Hasher };
  readonly Blake3Hasher: { newKeyed(key: Buffer): Hasher };
}

interface Hasher {
  update(message: Uint8Array): unknown;
  digestBuffer(): Buffer;
}

/** What an object of the library costs (some 10 µs) is more than it saves on fewer bytes. */
export const leastForNative = 32 * 1024;

let found: BlakeHash | null | undefined;

/**
 * BLAKE2b with the widest vectors of the processor, by a library whose binary is in its npm package; loaded when the first is made.
 * `undefined` where there is none for this platform, or it hashes otherwise than its twin.
 *
 * @param size bytes of a hash
 * @param twin the same by other means
 */
export function nativeBlake2b(key: Uint8Array, size: number, twin: KeyedHash): KeyedHash | undefined {
  const library = blakeHash();
  if (library === undefined) return undefined;
  const make = (): KeyedHash => {
    const parameters = new library.Blake2BParam();
    parameters.key(Buffer.from(key));
    parameters.hashLength(size);
    return message => digest(library.Blake2BHasher.withParams(parameters), message);
  };
  return ifAgreeing(make, twin);
}

/** BLAKE3 likewise; its hashes have 32 bytes, as its key has. */
export function nativeBlake3(key: Uint8Array, twin: KeyedHash): KeyedHash | undefined {
  const library = blakeHash();
  if (library === undefined) return undefined;
  const native: KeyedHash = message => digest(library.Blake3Hasher.newKeyed(Buffer.from(key)), message);
  return ifAgreeing(() => native, twin);
}

/**
 * A hash, if it says the same of a message as another way to make it does: contents by a wrong name would be lost to everybody else. What
 * it throws says that it is of no use, too.
 */
export function ifAgreeing(make: () => KeyedHash, twin: KeyedHash): KeyedHash | undefined {
  const message = new Uint8Array(leastForNative + 77).map((_, at) => at * 31 + (at >> 8));
  try {
    const hash = make();
    return hash(message).equals(twin(message)) ? hash : undefined;
  } catch {
    return undefined;
  }
}

function digest(hasher: Hasher, message: Uint8Array): Buffer {
  hasher.update(message);
  return hasher.digestBuffer();
}

function blakeHash(): BlakeHash | undefined {
  if (found === undefined) found = whileNoneEnds(load);
  return found ?? undefined;
}

function load(): BlakeHash | null {
  try {
    return createRequire(import.meta.url)('@napi-rs/blake-hash') as BlakeHash;
  } catch {
    return null; // no binary for this platform, or it was left out at the installation
  }
}
