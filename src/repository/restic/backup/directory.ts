import type { Comparison } from '../../archiving/statistics.ts';
import { unquoteName } from '../../format/go-quote.ts';
import { endOfString, treeEnd, treeHead } from './node-spans.ts';
import type { PreviousTree } from './previous-tree.ts';

/** What a directory is in the one above it. */
export interface Place {
  readonly parent: Directory;
  readonly slot: number;
  /** The text of its node up to the id of its tree. */
  readonly head: string;
  /** The id it would have if nothing in it had changed; `undefined` where its own node has. */
  readonly expected: string | undefined;
  /** Whether the parent snapshot had it at all. */
  readonly known: boolean;
}

/** A directory that is being stored: the texts of its nodes, until the last of them is known. */
export class Directory {
  /** `undefined` for the root. */
  readonly place: Place | undefined;
  readonly previous: PreviousTree | undefined;
  readonly #texts: string[] = [];
  #pending = 0;
  #left = false;
  #settled = false;
  #intact: boolean;
  #last = '';
  #ordered = true;

  constructor(place: Place | undefined, previous: PreviousTree | undefined) {
    this.place = place;
    this.previous = previous;
    this.#intact = previous !== undefined;
  }

  /** Makes room for an entry of that name (its bytes as Latin-1), whose text comes later or at once. */
  slot(name: string): number {
    if (name <= this.#last) this.#ordered = false;
    this.#last = name;
    this.#pending++;
    return this.#texts.push('') - 1;
  }

  /**
   * The text of an entry; empty for one that is left out after all. `same` says that it stands so, letter for letter, in the parent
   * snapshot's tree.
   */
  fill(slot: number, text: string, same: boolean): void {
    this.#texts[slot] = text;
    this.#pending--;
    if (!same) this.#intact = false;
  }

  /** Whether nothing came of any entry; says so truly once all of them are stored. */
  get isEmpty(): boolean {
    return this.#pending === 0 && this.#texts.every(text => text === '');
  }

  /** Nothing more comes below it. */
  leave(): void {
    this.#left = true;
  }

  /** Whether all of it is known: says yes once. */
  settle(): boolean {
    if (!this.#left || this.#pending > 0 || this.#settled) return false;
    this.#settled = true;
    return true;
  }

  /** The id of its tree where that is, letter for letter, what the parent snapshot has. */
  get sameTree(): string | undefined {
    return this.#intact && this.previous?.exhausted === true ? this.previous.id : undefined;
  }

  /** How it compares, once the id of its tree is known. */
  compare(tree: string): Comparison {
    if (this.place?.known !== true) return 'new';
    return this.place.expected === tree ? 'unmodified' : 'changed';
  }

  /** The plain text of its tree. */
  encode(): Buffer {
    const texts = this.#texts.filter(text => text !== '');
    const inOrder = this.#ordered ? texts : byName(texts);
    const parts: Buffer[] = [Buffer.from(treeHead)];
    for (let at = 0; at < inOrder.length; at += textsJoined) {
      parts.push(Buffer.from(`${at === 0 ? '' : ','}${inOrder.slice(at, at + textsJoined).join(',')}`));
    }
    return Buffer.concat([...parts, Buffer.from(treeEnd)]);
  }
}

/** A string has a limit that a directory of some million entries would reach. */
const textsJoined = 50_000;

/** Nodes in the order of their names' bytes. */
function byName(texts: readonly string[]): string[] {
  const keyed = texts.map(text => ({ text, name: nameIn(text) }));
  keyed.sort((a, b) => (a.name < b.name ? -1 : 1));
  return keyed.map(({ text }) => text);
}

/** A node's name, its bytes as Latin-1. */
function nameIn(text: string): string {
  const start = '{"name":'.length;
  const quoted = JSON.parse(text.slice(start, endOfString(text, start))) as string;
  const name = unquoteName(quoted);
  if (name === undefined) throw new Error(`a node was written with a name that is none: ${quoted}`);
  return name.toString('latin1');
}
