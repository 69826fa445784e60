import { blockSize, checksumOf, fields, paddingOf, ustarMagic } from './block.ts';
import { paxPath } from './pax.ts';

/** What members of an archive have in common: regular files of mode 0755, as Velero writes them. */
export interface MemberHeaders {
  /** The blocks before a member's body: its ustar header, behind a pax header where the name needs one. */
  of(name: string, size: number): Buffer;
}

/** The header blocks of members modified at `mtime` (seconds since 1970). */
export function memberHeaders(mtime: number): MemberHeaders {
  const file = template('0', mtime);
  const extended = template('x', mtime);
  return {
    of(name, size) {
      const parts = splitName(name);
      if (parts !== undefined) return header(file, parts, size);
      const path = paxPath(name);
      return Buffer.concat([
        header(extended, { prefix: '', name: 'PaxHeaders/path' }, path.length),
        path,
        Buffer.alloc(paddingOf(path.length)),
        header(file, { prefix: '', name: asciiEnd(name) }, size),
      ]);
    },
  };
}

interface NameParts {
  readonly prefix: string;
  readonly name: string;
}

/** The two name fields of ustar, or `undefined` where they cannot hold the name: it is long, or not ASCII. */
function splitName(name: string): NameParts | undefined {
  if (Buffer.byteLength(name) !== name.length) return undefined;
  if (name.length <= fields.name[1]) return { prefix: '', name };
  const slash = name.lastIndexOf('/', fields.prefix[1]);
  if (slash <= 0 || name.length - slash - 1 > fields.name[1] || slash === name.length - 1) return undefined;
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}

/** What a reader that knows no pax gets to see: the end of the name, in ASCII. */
function asciiEnd(name: string): string {
  return name.slice(-fields.name[1]).replaceAll(/[^\x20-\x7e]/g, '_');
}

function template(type: string, mtime: number): Buffer {
  const block = Buffer.alloc(blockSize);
  writeOctal(block, fields.mode, 0o755);
  writeOctal(block, fields.uid, 0);
  writeOctal(block, fields.gid, 0);
  writeOctal(block, fields.mtime, mtime);
  block.write(type, fields.type[0], 'latin1');
  block.write(ustarMagic, fields.magic[0], 'latin1');
  return block;
}

function header(template: Buffer, { prefix, name }: NameParts, size: number): Buffer {
  const block = Buffer.from(template);
  block.write(name, fields.name[0], 'latin1');
  block.write(prefix, fields.prefix[0], 'latin1');
  writeOctal(block, fields.size, size);
  const [start] = fields.checksum;
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, start, 'latin1');
  return block;
}

function writeOctal(block: Buffer, [start, length]: readonly [number, number], value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), start, 'latin1');
}
