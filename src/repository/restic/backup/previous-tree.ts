import { isObject, type JsonObject, parseJson, wholeNumber } from '../../format/go-json.ts';
import { parseTime } from '../../format/go-time.ts';
import type { Entry } from '../../trees/entry.ts';
import { isId } from '../format/ids.ts';
import { type NodeSpan, nodeSpans, treeEnd, treeHead } from './node-spans.ts';

/** What a file must share with its node in the parent for its content to be taken as the same. */
export interface SameFile {
  readonly ignoreCtime: boolean;
  readonly ignoreInode: boolean;
}

/** A node of the parent snapshot for an entry that was found. */
export interface PreviousNode {
  /** Whether it is a file as the entry is, with the same size, times and inode. */
  readonly unchanged: boolean;
  readonly content?: readonly string[] | undefined;
  readonly subtree?: string | undefined;
  /** Its whole text, where all of its metadata is as now. */
  readonly text?: string | undefined;
}

/** An entry that is looked for. */
export interface Wanted {
  readonly entry: Entry;
  /** As `nodeName` and `nodeHead` make them. */
  readonly name: string;
  readonly head: string;
}

/**
 * A directory as the parent snapshot has it, to be compared with what is found now. Entries are asked for in the order of
 * their names: as long as each is what stands next in the tree's text, letter for letter, nothing is parsed. Others are looked up.
 */
export class PreviousTree {
  readonly id: string;
  readonly #text: string;
  readonly #same: SameFile;
  /** Where the next node begins. */
  #at = treeHead.length;
  #inStep: boolean;
  #spans: Map<string, NodeSpan> | undefined;

  constructor(id: string, text: string, same: SameFile) {
    this.id = id;
    this.#text = text;
    this.#same = same;
    this.#inStep = text.startsWith(treeHead);
  }

  /** Whether every node there is was found with the same metadata, and nothing else; contents are not looked at. */
  get exhausted(): boolean {
    const at = this.#at === treeHead.length ? this.#at : this.#at - 1;
    return this.#inStep && this.#text.length === at + treeEnd.length && this.#text.endsWith(treeEnd);
  }

  /** The node of that name; `undefined` where there is none. */
  find(wanted: Wanted): PreviousNode | undefined {
    const next = this.#match(wanted, this.#at);
    if (next !== undefined) return next;
    this.#inStep = false;
    const span = this.#span(wanted.name);
    if (span === undefined) return undefined;
    const matched = this.#match(wanted, span.start);
    if (matched !== undefined) return matched;
    this.#at = span.end + 1;
    return this.#parsed(wanted.entry, span);
  }

  #span(name: string): NodeSpan | undefined {
    this.#spans ??= new Map(nodeSpans(this.#text)?.map(span => [span.name, span]));
    return this.#spans.get(name);
  }

  /** The node that begins there, if its metadata is letter for letter that of now. */
  #match({ entry: { type }, head }: Wanted, start: number): PreviousNode | undefined {
    const text = this.#text;
    if (!text.startsWith(head, start)) return undefined;
    const tail = start + head.length;
    if (type === 'dir') {
      const end = tail + idLength + 2;
      if (!text.startsWith('"}', tail + idLength)) return undefined;
      this.#at = end + 1;
      const subtree = text.slice(tail, tail + idLength);
      return { unchanged: false, subtree, text: text.slice(start, end) };
    }
    if (type !== 'file') {
      if (!text.startsWith('null}', tail)) return undefined;
      this.#at = tail + 6;
      return { unchanged: false, text: text.slice(start, tail + 5) };
    }
    const content = contentAt(text, tail);
    if (content === undefined) return undefined;
    const end = tail + Math.max(2, content.length * (idLength + 3) + 1) + 1;
    this.#at = end + 1;
    return { unchanged: true, content, text: text.slice(start, end) };
  }

  #parsed(entry: Entry, { start, end }: NodeSpan): PreviousNode | undefined {
    const node = parseJson(this.#text.slice(start, end));
    if (!isObject(node)) return undefined;
    const { type, subtree, content } = node;
    if (type !== entry.type) return { unchanged: false };
    if (type === 'dir') return { unchanged: false, ...(isId(subtree) ? { subtree } : {}) };
    const ids = Array.isArray(content) && content.every(isId) ? content : undefined;
    if (type !== 'file' || ids === undefined) return { unchanged: false };
    return { unchanged: isSame(entry, node, this.#same), content: ids };
  }
}

const idLength = 64;
const [quote, comma] = [0x22, 0x2c];

/** The list of ids that begins there and ends its node; nothing of another spelling. */
function contentAt(text: string, start: number): readonly string[] | undefined {
  if (text.startsWith('[]}', start)) return [];
  if (!text.startsWith('["', start)) return undefined;
  const ids: string[] = [];
  for (let at = start + 1; ; at += idLength + 3) {
    const end = at + 1 + idLength;
    if (text.charCodeAt(at) !== quote || text.charCodeAt(end) !== quote) return undefined;
    ids.push(text.slice(at + 1, end));
    if (text.charCodeAt(end + 1) === comma) continue;
    return text.startsWith(']}', end + 1) ? ids : undefined;
  }
}

function isSame(entry: Entry, node: JsonObject, { ignoreCtime, ignoreInode }: SameFile): boolean {
  return (
    (wholeNumber(node['size']) ?? 0n) === BigInt(entry.size) &&
    timeOf(node['mtime']) === entry.mtime &&
    (ignoreCtime || timeOf(node['ctime']) === entry.ctime) &&
    (ignoreInode || (wholeNumber(node['inode']) ?? 0n) === entry.inode)
  );
}

function timeOf(value: unknown): bigint | undefined {
  return typeof value === 'string' ? parseTime(value) : undefined;
}
