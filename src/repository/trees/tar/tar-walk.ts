import type { Entry } from '../entry.ts';
import type { Content, FoundEntry, SourceEvent } from '../source.ts';
import type { ByteReader } from './byte-reader.ts';
import { reasons, TarFault } from './fault.ts';
import { paddingOf } from './header.ts';
import { hasUnknownAcl, inodeOf, memberEntry, memberPath, typeOfMember } from './member-entry.ts';
import { type TarMember, TarMembers } from './members.ts';
import { OwnerIds } from './owner-ids.ts';
import { SeenPaths } from './seen-paths.ts';
import { expanded } from './sparse.ts';

/** Bodies up to this many bytes are read at once, so that one batch holds many of them. */
const smallBody = 64 * 1024;
/** A batch ends with this many events, or bytes of small bodies. */
const batchEvents = 256;
const batchBytes = 2 * 1024 * 1024;

const empty = Buffer.alloc(0);

/** Makes events of a tar's members. A body that has not been read to its end when the next batch is asked for is left out. */
export class TarWalk {
  readonly #bytes: ByteReader;
  readonly #members: TarMembers;
  readonly #seen = new SeenPaths();
  readonly #ids = new OwnerIds();
  /** The directory whose way from the root is known to be one of directories. */
  #entered = empty;
  #events: SourceEvent[] = [];
  #held = 0;
  #body: LargeBody | undefined;
  #ended = false;

  constructor(bytes: ByteReader) {
    this.#bytes = bytes;
    this.#members = new TarMembers(bytes);
  }

  /** The next batch; `undefined` at the end. @throws TarFault */
  async next(): Promise<readonly SourceEvent[] | undefined> {
    if (this.#ended) return undefined;
    await this.#body?.leave();
    this.#body = undefined;
    this.#events = [];
    this.#held = 0;
    while (this.#body === undefined && this.#events.length < batchEvents && this.#held < batchBytes) {
      const member = await this.#members.next();
      this.#ended = member === undefined;
      if (member === undefined) break;
      await this.#take(member);
    }
    return this.#events;
  }

  async #take(member: TarMember): Promise<void> {
    const path = naming(member, () => memberPath(member.name));
    this.#ids.learn(member);
    if (path.length > 0 && this.#isNew(member, path)) {
      const type = typeOfMember(member);
      if (type !== undefined) {
        await this.#tell(
          member,
          naming(member, () => memberEntry(member, { path, type, ids: this.#ids })),
        );
        return;
      }
      if (member.type !== 'V') this.#fail(path, 'ENOTSUP', `a member of type ${member.type} is not stored`);
    }
    await this.#bytes.skip(member.size + paddingOf(member.size));
  }

  async #tell(member: TarMember, entry: Entry): Promise<void> {
    if (hasUnknownAcl(member, this.#ids)) this.#fail(entry.path, 'ENOTSUP', 'its ACL names an unknown owner');
    const content = entry.type === 'file' ? await this.#content(member) : undefined;
    const found: FoundEntry = { kind: 'entry', entry, content };
    this.#events.push(found);
  }

  async #content(member: TarMember): Promise<Content> {
    if (member.type === '1') return { kind: 'same-as', path: naming(member, () => memberPath(member.link)) };
    const { size, sparse } = member;
    const whole = (stored: AsyncIterable<Buffer>): Content => {
      return { kind: 'stream', body: sparse === undefined ? stored : expanded(sparse, stored) };
    };
    if (size > smallBody) {
      this.#body = new LargeBody(this.#bytes, size);
      return whole(this.#body.stream());
    }
    const body = size === 0 ? empty : await this.#bytes.take(size + paddingOf(size));
    if (body === undefined) throw new TarFault(reasons.truncated, member.name);
    this.#held += body.length;
    return whole(once(body.subarray(0, size)));
  }

  /** Whether a path is told for the first time; the directories above it are made up if the tar has not told them. */
  #isNew(member: TarMember, path: Buffer): boolean {
    const digest = inodeOf(path);
    const known = this.#seen.kindOf(digest);
    const directory = member.type === '5';
    if (known === undefined) {
      this.#enter(member, path);
      this.#seen.add(digest, directory ? 'dir' : 'other');
    } else if (known === 'other' || !directory) {
      this.#fail(path, 'EEXIST', 'the tar has another member of this name');
    }
    return known === undefined;
  }

  #enter(member: TarMember, path: Buffer): void {
    const parent = path.subarray(0, Math.max(path.lastIndexOf(0x2f), 0));
    if (parent.equals(this.#entered)) return;
    for (let slash = path.indexOf(0x2f); slash !== -1; slash = path.indexOf(0x2f, slash + 1)) {
      const above = Buffer.from(path.subarray(0, slash));
      const digest = inodeOf(above);
      const kind = this.#seen.kindOf(digest);
      if (kind === 'other') throw new TarFault(reasons.belowFile, member.name);
      if (kind === 'dir') continue;
      this.#seen.add(digest, 'dir');
      const made = { ...member, type: '5', mode: 0o755, records: new Map() };
      this.#events.push({
        kind: 'entry',
        entry: memberEntry(made, { path: above, type: 'dir', ids: this.#ids }),
      });
    }
    this.#entered = Buffer.from(parent);
  }

  #fail(path: Buffer, code: string, text: string): void {
    const error = Object.assign(new Error(`${code}: ${text}: '${path.toString()}'`), { code });
    this.#events.push({ kind: 'failed', path, error });
  }
}

/** A body that is read as it comes. */
class LargeBody {
  readonly #bytes: ByteReader;
  readonly #padding: number;
  #missing: number;

  constructor(bytes: ByteReader, size: number) {
    this.#bytes = bytes;
    this.#missing = size;
    this.#padding = paddingOf(size);
  }

  async *stream(): AsyncGenerator<Buffer> {
    for await (const part of this.#bytes.stream(this.#missing)) {
      this.#missing -= part.length;
      yield part;
    }
  }

  /** Leaves out what was not read. @throws TarFault */
  leave(): Promise<void> {
    return this.#bytes.skip(this.#missing + this.#padding);
  }
}

async function* once(body: Buffer): AsyncGenerator<Buffer> {
  if (body.length > 0) yield body;
}

/** Says of which member a fault is. */
function naming<T>(member: TarMember, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TarFault ? new TarFault(error.reason, member.name) : error;
  }
}
