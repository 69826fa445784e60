import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { attributesOf } from './file-calls.ts';

/** What two copies of a tree must have in common. */
export interface Facts {
  readonly type: number;
  readonly mode: string;
  readonly uid: bigint;
  readonly gid: bigint;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly size?: bigint;
  readonly content?: string;
  readonly target?: string;
  readonly device?: bigint;
  readonly attributes: readonly string[];
  /** The first path, by its bytes, of those that are the same file. */
  readonly sameAs?: string;
}

/** Everything about every entry of a tree, its root as ``, by path; bytes are spelled as Latin-1. */
export async function factsOf(root: string): Promise<Map<string, Facts>> {
  const all = new Map<string, Facts>();
  const firsts = new Map<string, string>();
  for await (const path of entriesOf(Buffer.from(root))) {
    const name = path.subarray(Buffer.byteLength(root)).toString('latin1');
    all.set(name, await factsOfEntry(path, name, firsts));
  }
  return all;
}

/** Fails unless two trees have the same entries, and these the same facts; it says which differ. */
export function assertSameFacts(
  actual: ReadonlyMap<string, Facts>,
  expected: ReadonlyMap<string, Facts>,
): void {
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
  for (const [path, facts] of expected) assert.deepEqual(actual.get(path), facts, path);
}

/** Bytes that a file takes on its disk. */
export async function allocated(path: string): Promise<number> {
  return (await lstat(path)).blocks * 512;
}

async function* entriesOf(path: Buffer): AsyncGenerator<Buffer> {
  yield path;
  if (!(await lstat(path)).isDirectory()) return;
  const names = await readdir(path, { encoding: 'buffer' });
  for (const name of names.sort((a, b) => Buffer.compare(a, b)))
    yield* entriesOf(Buffer.concat([path, Buffer.from('/'), name]));
}

async function factsOfEntry(path: Buffer, name: string, firsts: Map<string, string>): Promise<Facts> {
  const stat = await lstat(path, { bigint: true });
  const key = `${stat.dev} ${stat.ino}`;
  const sameAs = firsts.get(key);
  firsts.set(key, sameAs ?? name);
  return {
    type: Number(stat.mode) >> 12,
    mode: (Number(stat.mode) & 0o7777).toString(8),
    uid: stat.uid,
    gid: stat.gid,
    mtime: stat.mtimeNs,
    ...(stat.isFile() ? { size: stat.size, content: await digest(path) } : {}),
    ...(stat.isSymbolicLink()
      ? { target: (await readlink(path, { encoding: 'buffer' })).toString('latin1') }
      : {}),
    ...(stat.isBlockDevice() || stat.isCharacterDevice() ? { device: stat.rdev } : {}),
    attributes: attributesOf(path),
    ...(sameAs === undefined ? {} : { sameAs }),
  };
}

async function digest(path: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
