import type { ExtendedAttribute } from '../../posix/extended-attribute.ts';
import type { Entry, EntryType } from '../entry.ts';
import type { SourceEvent } from '../source.ts';

/**
 * Events on their way from one thread to another: numbers and bytes side by side in few buffers, which are handed over rather than
 * copied; an object for each entry would take longer than finding it.
 */
export interface EventBatch {
  /** For each event, {@link smallFields} numbers. */
  readonly small: Float64Array<ArrayBuffer>;
  /** For each event, {@link wideFields} numbers of 64 bits. */
  readonly wide: BigInt64Array<ArrayBuffer>;
  /** Paths, and where links lead, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Names of owners. */
  readonly names: readonly string[];
  /** What few events have, by their numbers. */
  readonly attributes: readonly (readonly [number, readonly SentAttribute[]])[];
  readonly errors: readonly (readonly [number, SentError])[];
}

interface SentAttribute {
  readonly name: string;
  readonly value: Uint8Array;
}

/** An error of the system: a copy of the object would lack all but its message. */
interface SentError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
}

const types: readonly EntryType[] = ['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket'];
/** In place of the number of a type. */
const [left, failed] = [100, 101];

/** Kind, mode, uid, gid, numbers of the owners' names and 1, size, lengths of the path, of a link's target and of the content's path. */
const smallFields = 10;
/** Modified, accessed, changed; inode, device, links, what a device node stands for. */
const wideFields = 7;

/** @throws an Error for content that is not a path: such events stay in their thread */
export function packEvents(events: readonly SourceEvent[]): EventBatch {
  const small = new Float64Array(events.length * smallFields);
  const wide = new BigInt64Array(events.length * wideFields);
  const names = new Map<string, number>();
  const parts: Uint8Array[] = [];
  const attributes: [number, readonly SentAttribute[]][] = [];
  const errors: [number, SentError][] = [];
  for (const [number, event] of events.entries()) {
    const at = number * smallFields;
    if (event.kind === 'entry') {
      packEntry(event.entry, { small, wide, at, number, names });
      if (event.entry.attributes.length > 0) attributes.push([number, event.entry.attributes]);
      const lengths = [event.entry.path, event.entry.target, contentPath(event)].map(part =>
        add(parts, part),
      );
      small.set(lengths, at + 7);
    } else {
      small[at] = event.kind === 'left' ? left : failed;
      small[at + 7] = add(parts, event.path);
      if (event.kind === 'failed') errors.push([number, sentError(event.error)]);
    }
  }
  return { small, wide, bytes: concatenated(parts), names: [...names.keys()], attributes, errors };
}

/** The buffers of a batch that are to be handed over with it. */
export function buffersOf({ small, wide, bytes }: EventBatch): ArrayBuffer[] {
  return [small.buffer, wide.buffer, bytes.buffer];
}

function add(parts: Uint8Array[], part: Uint8Array | undefined): number {
  if (part === undefined) return 0;
  parts.push(part);
  return part.length;
}

function contentPath({ content }: Extract<SourceEvent, { kind: 'entry' }>): Buffer | undefined {
  if (content === undefined || content.kind === 'path') return content?.path;
  throw new Error(`content cannot leave its thread: ${content.kind}`);
}

interface Place {
  readonly small: Float64Array;
  readonly wide: BigInt64Array;
  readonly at: number;
  readonly number: number;
  readonly names: Map<string, number>;
}

function packEntry(entry: Entry, { small, wide, at, number, names }: Place): void {
  const numberOf = (name: string | undefined): number => {
    if (name === undefined) return 0;
    const known = names.get(name) ?? names.size + 1;
    names.set(name, known);
    return known;
  };
  const { type, mode, uid, gid, user, group, size } = entry;
  small.set([types.indexOf(type), mode, uid, gid, numberOf(user), numberOf(group), size], at);
  const { mtime, atime, ctime, inode, device, links, rdev = noDevice } = entry;
  wide.set([mtime, atime, ctime, inode, device, links, rdev], number * wideFields);
}

/** No device has all bits set. */
const noDevice = -1n;

function sentError({ message, code, errno, syscall }: NodeJS.ErrnoException): SentError {
  return { message, code, errno, syscall };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The events of a batch. Paths share its memory. */
export function unpackEvents(batch: EventBatch): SourceEvent[] {
  const { small } = batch;
  const unpacker = new Unpacker(batch);
  return Array.from({ length: small.length / smallFields }, (_, number) => unpacker.event(number));
}

class Unpacker {
  readonly #batch: EventBatch;
  readonly #bytes: Buffer;
  readonly #unsigned: BigUint64Array;
  readonly #attributes: ReadonlyMap<number, readonly SentAttribute[]>;
  readonly #errors: ReadonlyMap<number, SentError>;
  #at = 0;

  constructor(batch: EventBatch) {
    const { bytes, wide, attributes, errors } = batch;
    this.#batch = batch;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#unsigned = new BigUint64Array(wide.buffer, wide.byteOffset, wide.length);
    this.#attributes = new Map(attributes);
    this.#errors = new Map(errors);
  }

  event(number: number): SourceEvent {
    const at = number * smallFields;
    const kind = this.#small(at);
    const path = this.#take(at + 7);
    if (kind === left) return { kind: 'left', path };
    if (kind === failed) return { kind: 'failed', path, error: errorOf(this.#errors.get(number)) };
    const target = this.#take(at + 8);
    const entry = this.#entry(number, path, target);
    const content = this.#take(at + 9);
    return content.length === 0
      ? { kind: 'entry', entry }
      : { kind: 'entry', entry, content: { kind: 'path', path: content } };
  }

  #entry(number: number, path: Buffer, target: Buffer): Entry {
    const [at, wideAt] = [number * smallFields, number * wideFields];
    const { wide, names } = this.#batch;
    const type = types[this.#small(at)] ?? 'file';
    const entry: Entry = {
      path,
      type,
      mode: this.#small(at + 1),
      uid: this.#small(at + 2),
      gid: this.#small(at + 3),
      user: names[this.#small(at + 4) - 1],
      group: names[this.#small(at + 5) - 1],
      mtime: wide[wideAt] ?? 0n,
      atime: wide[wideAt + 1] ?? 0n,
      ctime: wide[wideAt + 2] ?? 0n,
      inode: this.#unsigned[wideAt + 3] ?? 0n,
      device: this.#unsigned[wideAt + 4] ?? 0n,
      links: this.#unsigned[wideAt + 5] ?? 0n,
      size: this.#small(at + 6),
      attributes: attributesOf(this.#attributes.get(number)),
    };
    if (type === 'symlink') return { ...entry, target };
    if (wide[wideAt + 6] === noDevice) return entry;
    return { ...entry, rdev: this.#unsigned[wideAt + 6] };
  }

  #small(at: number): number {
    return this.#batch.small[at] ?? 0;
  }

  /** The next bytes, as many as that field says. */
  #take(field: number): Buffer {
    const start = this.#at;
    this.#at += this.#small(field);
    return this.#bytes.subarray(start, this.#at);
  }
}

const none: readonly ExtendedAttribute[] = [];

function attributesOf(sent: readonly SentAttribute[] | undefined): readonly ExtendedAttribute[] {
  if (sent === undefined) return none;
  return sent.map(({ name, value }) => ({
    name,
    value: Buffer.from(value.buffer, value.byteOffset, value.length),
  }));
}

function errorOf({ message, ...told }: SentError = { message: '' }): NodeJS.ErrnoException {
  return Object.assign(new Error(message), told);
}
