import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * Tars made byte by byte, of good and of hostile members alike. Shares no code with the reader and writer under test.
 */
export interface RawMember {
  readonly name: string | Buffer;
  readonly body?: string | Buffer;
  /** `0` unless told. */
  readonly type?: string;
  /** What the size field says, where it is not the body's length. Twelve bytes. */
  readonly sizeField?: Buffer;
  /** What the magic and version fields say; ustar's unless told. */
  readonly magic?: string;
  readonly prefix?: string;
  readonly link?: string;
  /** Added to the right checksum. */
  readonly checksumError?: number;
}

export function rawMember(member: RawMember): Buffer {
  const body = Buffer.from(member.body ?? '');
  const block = Buffer.alloc(512);
  Buffer.from(member.name).copy(block, 0, 0, 100);
  block.write('0000755\x000000000\x000000000\0', 100);
  (member.sizeField ?? Buffer.from(`${body.length.toString(8).padStart(11, '0')}\0`)).copy(block, 124);
  block.write('14000000000\0        ', 136);
  block.write(member.type ?? '0', 156, 'latin1');
  block.write(member.link ?? '', 157);
  block.write(member.magic ?? 'ustar\x0000', 257, 'latin1');
  block.write(member.prefix ?? '', 345);
  const sum = block.reduce((total, byte) => total + byte, 0) + (member.checksumError ?? 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

export function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  const digits = [1, 2, 3, 4, 5, 6, 7].find(count => String(rest.length + count).length === count) ?? 0;
  return Buffer.concat([Buffer.from(String(rest.length + digits)), rest]);
}

export const endOfTar = Buffer.alloc(1024);

/** The members and the end of the tar. */
export function rawTar(members: readonly (RawMember | Buffer)[]): Buffer {
  const blocks = members.map(member => (Buffer.isBuffer(member) ? member : rawMember(member)));
  return Buffer.concat([...blocks, endOfTar]);
}

export const versionMember: RawMember = { name: 'metadata/version', body: '1.1.0\n' };

/** An archive of these members behind `metadata/version`. */
export function rawArchive(...members: readonly (RawMember | Buffer)[]): Buffer {
  return gzipSync(rawTar([versionMember, ...members]));
}

export function podMember(name: string, namespace = 'shop'): RawMember {
  return { name: `resources/pods/namespaces/${namespace}/${name}.json`, body: podJson(name, namespace) };
}

export function podJson(name: string, namespace = 'shop'): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } });
}

/** Changes the tar inside an archive. */
export function changeTar(archive: Buffer, change: (tar: Buffer) => Buffer): Buffer {
  return gzipSync(change(gunzipSync(archive)));
}
