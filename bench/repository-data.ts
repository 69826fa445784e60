import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, lstat, mkdir, open, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** How much is made. */
export interface DataSizes {
  /** Files of the tree of small files, at most, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Bytes of each of the large incompressible files. */
  readonly largeBytes: number;
  /** Bytes of the file that is like a database. */
  readonly databaseBytes: number;
}

export interface Data {
  readonly small: string;
  readonly large: string;
  readonly database: string;
  /** What was copied, in fact. */
  readonly files: number;
  readonly bytes: number;
  /** Of each of the large ones. */
  readonly largeBytes: number;
}

/** Where a machine has many files of all kinds: libraries, programs, texts. */
const sources = ['/usr/lib', '/usr/share'];
const largeFiles = 2;
/** A small file has at most so many times the bytes of an average one. */
const largest = 64;
const pageSize = 8192;
const mebibyte = 1024 * 1024;

/** Makes what is to be backed up, below a directory. */
export async function makeData(directory: string, sizes: DataSizes): Promise<Data> {
  const [small, large, database] = ['small', 'large', 'database'].map(name => join(directory, name)) as Three;
  for (const each of [small, large, database]) await mkdir(each, { recursive: true });
  const copied = { files: 0, bytes: 0 };
  for (const [at, source] of sources.entries())
    await copyTree(source, join(small, String(at)), { sizes, copied });
  for (let at = 0; at < largeFiles; at++) {
    await pipeline(randomPieces(sizes.largeBytes), createWriteStream(join(large, String(at))));
  }
  await pipeline(pages(sizes.databaseBytes), createWriteStream(join(database, 'database')));
  return { small, large, database, ...copied, largeBytes: sizes.largeBytes };
}

type Three = [string, string, string];

interface Copying {
  readonly sizes: DataSizes;
  readonly copied: { files: number; bytes: number };
}

/** Files, directories and symlinks, until there are as many as wanted. */
async function copyTree(from: string, to: string, copying: Copying): Promise<void> {
  const { sizes, copied } = copying;
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (copied.files >= sizes.files || copied.bytes >= sizes.bytes) return;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target, copying);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (entry.isFile()) await copySmall(source, target, copying);
  }
}

/** A few large ones would leave no room for the many small ones that are wanted. */
async function copySmall(source: string, target: string, { sizes, copied }: Copying): Promise<void> {
  const { size } = await lstat(source);
  if (size > largest * (sizes.bytes / sizes.files)) return;
  await copyFile(source, target);
  copied.files++;
  copied.bytes += size;
}

function* randomPieces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= mebibyte) yield randomBytes(Math.min(left, mebibyte));
}

/** Pages of rows: some random bytes, and much that is alike from row to row. */
function* pages(bytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += pageSize) yield page(at);
}

function page(at: number): Buffer {
  const rows = Array.from({ length: 64 }, (_, row) => {
    const key = String(at / pageSize).padStart(12, '0');
    return `${key} ${row} ${randomBytes(24).toString('base64')} name-of-somebody active 2026-01-01T00:00:00Z;`;
  });
  return Buffer.from(rows.join('\n').padEnd(pageSize, ' ')).subarray(0, pageSize);
}

/** Writes one page in a hundred anew, spread over the whole file in runs of eight, as a database does in a day. */
export async function changeDatabase({ database }: Data): Promise<void> {
  const file = await open(join(database, 'database'), 'r+');
  try {
    const { size } = await file.stat();
    const every = 800 * pageSize;
    for (let at = Math.floor(Math.random() * 100) * pageSize; at + 8 * pageSize < size; at += every) {
      for (let run = 0; run < 8; run++) await file.write(page(at), 0, pageSize, at + run * pageSize);
    }
  } finally {
    await file.close();
  }
}
