import {
  blockSize,
  type Header,
  isZero,
  paddingOf,
  parseHeader,
  TarFault,
  textOf,
  untilNul,
} from './block.ts';
import { type PaxRecords, parsePax } from './pax.ts';

/** A member of a tar: a file, a directory, or (any other type flag) something that an archive may not hold. */
export interface TarMember {
  readonly name: string;
  /** Bytes of the body. */
  readonly size: number;
  /** `0` a file, `5` a directory, `S` a sparse file however it is written; others as POSIX has them. */
  readonly type: string;
}

/** What is told of a tar as it goes by; what a method throws ends the reading. */
export interface TarSink {
  /** At each member's header, in their order. True asks for its body. */
  begin(member: TarMember): boolean;
  /** The whole body of a member that was asked for. The bytes are the sink's to keep. */
  body(member: TarMember, bytes: Buffer): void;
}

/** An extended header may be this large, as in Go's reader. */
const extendedBytes = 1024 * 1024;

/**
 * Reads an untrusted tar that comes in pieces. It understands ustar, pax headers (local and global), GNU long names
 * and seventh-edition headers. It holds in memory one extended header or one body that was asked for, so a sink
 * looks at the size first. Throws {@link TarFault}s, and what the sink throws.
 */
export class TarReader {
  readonly #sink: TarSink;
  #skip = 0;
  #need = blockSize;
  #parts: Buffer[] = [];
  #have = 0;
  #next: (bytes: Buffer) => void;
  #emptyBlocks = 0;
  #path: string | undefined;
  #pax: PaxRecords | undefined;

  constructor(sink: TarSink) {
    this.#sink = sink;
    this.#next = block => this.#header(block);
  }

  /** Takes the next bytes. False once they lie after the end of the tar and are not the zeros that may follow. */
  push(chunk: Buffer): boolean {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#emptyBlocks === 2) return isZero(rest);
      const skipped = Math.min(this.#skip, rest.length);
      this.#skip -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length > 0) rest = this.#gather(rest);
    }
    return true;
  }

  /** Whether the tar has come to its end: two blocks of zeros. */
  get ended(): boolean {
    return this.#emptyBlocks === 2;
  }

  /** Takes what is missing of the bytes that `#next` needs in one piece, and returns the rest. */
  #gather(rest: Buffer): Buffer {
    const piece = rest.subarray(0, this.#need - this.#have);
    this.#parts.push(piece);
    this.#have += piece.length;
    if (this.#have === this.#need) {
      const whole = this.#parts.length === 1 ? piece : Buffer.concat(this.#parts);
      this.#parts = [];
      this.#have = 0;
      this.#next(whole);
    }
    return rest.subarray(piece.length);
  }

  #await(bytes: number, next: (bytes: Buffer) => void): void {
    this.#need = bytes;
    this.#next = next;
  }

  #header(block: Buffer): void {
    if (isZero(block)) {
      this.#endBlock();
      return;
    }
    if (this.#emptyBlocks > 0) throw new TarFault('gap');
    const header = parseHeader(block);
    switch (header.type) {
      case 'x':
      case 'g':
      case 'L':
      case 'K':
        this.#extended(header);
        break;
      default:
        this.#member(header);
    }
  }

  #endBlock(): void {
    if (this.#path !== undefined || this.#pax !== undefined) throw new TarFault('dangling');
    this.#emptyBlocks++;
  }

  #extended({ type, size }: Header): void {
    if (size > extendedBytes) throw new TarFault('extended-size');
    if (size === 0) throw new TarFault('pax');
    this.#await(size, body => {
      this.#takeExtended(type, body);
      this.#finishBody(size);
    });
  }

  #takeExtended(type: string, body: Buffer): void {
    if (type === 'L') {
      if (this.#path !== undefined) throw new TarFault('pax');
      this.#path = textOf(untilNul(body));
    }
    // `K` is where a link leads; the link itself comes next, and is told of as such.
    if (type === 'L' || type === 'K') return;
    const records = parsePax(body);
    if (type === 'x') {
      if (this.#pax !== undefined) throw new TarFault('pax');
      this.#pax = records;
    } else if (records.path !== undefined || records.size !== undefined || records.sparse) {
      // Readers disagree whether a global header changes names and sizes, so an honest writer puts neither there.
      throw new TarFault('pax');
    }
  }

  #member(header: Header): void {
    const member = describe(header, this.#path, this.#pax);
    this.#path = undefined;
    this.#pax = undefined;
    const { size } = member;
    if (!this.#sink.begin(member)) {
      this.#skip = size;
      this.#finishBody(size);
    } else if (size === 0) {
      this.#sink.body(member, Buffer.alloc(0));
    } else {
      this.#await(size, bytes => {
        this.#sink.body(member, bytes);
        this.#finishBody(size);
      });
    }
  }

  #finishBody(size: number): void {
    this.#skip += paddingOf(size);
    this.#await(blockSize, block => this.#header(block));
  }
}

function describe(header: Header, long: string | undefined, pax: PaxRecords | undefined): TarMember {
  const name = pax?.path ?? long ?? header.name;
  const size = pax?.size ?? header.size;
  if (pax?.sparse === true) return { name, size, type: 'S' };
  const type = header.type === '0' && name.endsWith('/') ? '5' : header.type;
  if (type === '5' && size > 0) throw new TarFault('directory-body');
  return { name, size, type };
}
