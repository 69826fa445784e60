import { closeDescriptor, openDirectoryAt } from '../../posix/at.ts';
import { handsDownAttributes } from '../../posix/write-attributes.ts';
import { type BytePath, pathBytes } from '../byte-path.ts';

const separator = '/';

/**
 * The directories below the root of a restore, open: each is reached from the root name by name, and no name may be a symlink, so
 * that nothing outside the root is ever reached, whatever was there before and whoever changes it meanwhile. Paths are
 * relative to the root, which itself is the empty one and belongs to the caller. Only so many are kept open.
 */
export class TargetDirectories {
  readonly #root: number;
  readonly #capacity: number;
  /** The one asked for last: what is in one directory mostly comes together. */
  #last: { readonly path: BytePath; readonly descriptor: number } | undefined;
  /** The one used last comes last. */
  readonly #open = new Map<BytePath, number>();
  /** Those of which is known that what is made in them has no attributes. */
  readonly #plain = new Set<BytePath>();

  constructor(root: number, capacity = 64) {
    this.#root = root;
    this.#capacity = capacity;
  }

  /**
   * The descriptor of a directory: good until the next call of any method.
   *
   * @throws what opening throws: `ENOTDIR` and `ELOOP` where a name on the way is no directory
   */
  at(path: BytePath): number {
    if (path === '') return this.#root;
    if (path === this.#last?.path) return this.#last.descriptor;
    const descriptor = this.#find(path);
    this.#last = { path, descriptor };
    return descriptor;
  }

  /**
   * Whether what is made in a directory has no extended attributes but such as nobody can remove: none are handed down. Found out
   * once for each time that a directory is opened.
   */
  isPlain(path: BytePath): boolean {
    if (this.#plain.has(path)) return true;
    if (handsDownAttributes(this.at(path))) return false;
    this.#plain.add(path);
    return true;
  }

  #find(path: BytePath): number {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    return this.#enter(path);
  }

  /** From the nearest directory on the way that is open. */
  #enter(path: BytePath): number {
    let end = path.lastIndexOf(separator);
    while (end > 0 && !this.#open.has(path.slice(0, end))) end = path.lastIndexOf(separator, end - 1);
    let descriptor = end > 0 ? this.at(path.slice(0, end)) : this.#root;
    for (let start = Math.max(end + 1, 0); start <= path.length; ) {
      const next = path.indexOf(separator, start);
      const stop = next === -1 ? path.length : next;
      descriptor = openDirectoryAt(descriptor, pathBytes(path.slice(start, stop)));
      this.#keep(path.slice(0, stop), descriptor);
      start = stop + 1;
    }
    return descriptor;
  }

  #keep(path: BytePath, descriptor: number): void {
    this.#open.set(path, descriptor);
    if (this.#open.size <= this.#capacity) return;
    const [oldest] = this.#open;
    if (oldest !== undefined) this.#drop(...oldest);
  }

  #drop(path: BytePath, descriptor: number): void {
    this.#open.delete(path);
    this.#plain.delete(path);
    if (path === this.#last?.path) this.#last = undefined;
    closeDescriptor(descriptor);
  }

  /** Closes a directory and those below it: they were removed. */
  forget(path: BytePath): void {
    for (const [each, descriptor] of this.#open) {
      if (each === path || each.startsWith(`${path}${separator}`)) this.#drop(each, descriptor);
    }
  }

  close(): void {
    for (const [path, descriptor] of this.#open) this.#drop(path, descriptor);
  }
}
