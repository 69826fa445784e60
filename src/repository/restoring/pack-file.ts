import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { SealedBytes } from './orders.ts';

/** A longer range is read into memory that is given back. */
const keptMemory = 16 * 1024 * 1024 + 4096;

/** Reads ranges of packs that are files of this machine, one after the other; the file read last stays open. */
export class PackFile implements Disposable {
  #open: { readonly path: string; readonly descriptor: number } | undefined;
  #memory = new Uint8Array(0);

  /** The bytes, good until the next are read; `undefined` where they cannot be had from the file, for whatever reason. */
  read({ path, offset, length }: Exclude<SealedBytes, SharedArrayBuffer>): Uint8Array | undefined {
    try {
      const bytes = this.#enough(length).subarray(0, length);
      const descriptor = this.#descriptorOf(path);
      for (let at = 0; at < length; ) {
        const read = readSync(descriptor, bytes, at, length - at, offset + at);
        if (read === 0) return undefined;
        at += read;
      }
      return bytes;
    } catch {
      return undefined; // who reads it by the store is told what is wrong
    }
  }

  #descriptorOf(path: string): number {
    if (path === this.#open?.path) return this.#open.descriptor;
    this[Symbol.dispose]();
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    this.#open = { path, descriptor };
    return descriptor;
  }

  #enough(length: number): Uint8Array {
    if (this.#memory.length >= length) return this.#memory;
    const memory = new Uint8Array(length);
    if (length <= keptMemory) this.#memory = memory;
    return memory;
  }

  [Symbol.dispose](): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }
}
