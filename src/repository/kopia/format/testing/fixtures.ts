/**
 * What kopia 0.22.3 itself made: two small repositories of the password `test-password` with one snapshot each, blob by blob in
 * base64; contents under each hash, as they are named and sealed; a text under each compression; contents with error
 * correction.
 */
import { readFileSync } from 'node:fs';
import { decompress } from '../compression.ts';
import { type ContentEntry, type IndexFile, parseIndex } from '../index.ts';
import {
  deriveFormatKey,
  type FormatBlob,
  openFormatWith,
  type RepositoryFormat,
  readFormatBlob,
} from '../repository-format.ts';
import { blobIv, type ContentSealer, contentIv, contentSealer } from '../sealing.ts';

export const fixturePassword = 'test-password';

export interface HashFixture {
  readonly hash: string;
  readonly encryption: string;
  readonly secret: string;
  readonly masterKey: string;
  readonly contents: readonly {
    readonly id: string;
    /** Unsealed, but not decompressed. */
    readonly opened: string;
    readonly compression: number;
    readonly original: number;
    readonly sealed: string;
  }[];
}

export interface CompressionFixture {
  readonly id: number;
  readonly name: string;
  readonly packed: string;
  readonly size: number;
  readonly sha256: string;
}

export function hashFixtures(): readonly HashFixture[] {
  return fixture('hashes') as readonly HashFixture[];
}

export interface CorrectionFixture {
  readonly percent: number;
  readonly id: string;
  readonly masterKey: string;
  readonly secret: string;
  readonly hash: string;
  readonly encryption: string;
  /** Sealed and protected. */
  readonly stored: string;
}

export function correctionFixtures(): readonly CorrectionFixture[] {
  return fixture('corrections') as readonly CorrectionFixture[];
}

export function compressionFixtures(): readonly CompressionFixture[] {
  return fixture('compressions') as readonly CompressionFixture[];
}

export interface RepositoryFixture {
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly formatBlob: FormatBlob;
  readonly formatKey: Buffer;
  readonly format: RepositoryFormat;
  readonly sealer: ContentSealer;
}

/** One of the repositories, opened. */
export async function repositoryFixture(name: 'version1' | 'version3'): Promise<RepositoryFixture> {
  const all = fixture('repositories') as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const blobs = new Map(
    Object.entries(all[name] ?? {}).map(([id, text]) => [id, Buffer.from(text, 'base64')] as const),
  );
  const formatBlob = readFormatBlob(blobs.get('kopia.repository') ?? Buffer.alloc(0));
  const formatKey = await deriveFormatKey(formatBlob, fixturePassword);
  const format = openFormatWith(formatBlob, formatKey);
  const sealer = format && contentSealer(format);
  if (format === undefined || sealer === undefined) throw new Error('the fixture does not open');
  return { blobs, formatBlob, formatKey, format, sealer };
}

/** Plain bytes of the repository's indexes. */
export function* plainIndexes({ blobs, sealer }: RepositoryFixture): Generator<readonly [string, Buffer]> {
  for (const [id, bytes] of blobs) {
    if (/^(?:xn|n)/.test(id)) yield [id, sealer.open(bytes, blobIv(id))];
  }
}

export function entriesOf(index: IndexFile): ContentEntry[] {
  return Array.from({ length: index.count }, (_, entry) => index.entry(entry));
}

/** Every content that the indexes name, with its plain bytes. */
export function* plainContents(repository: RepositoryFixture): Generator<readonly [ContentEntry, Buffer]> {
  const { blobs, sealer } = repository;
  for (const [, plain] of plainIndexes(repository)) {
    for (const entry of entriesOf(parseIndex(plain, sealer.overhead)).filter(each => !each.deleted)) {
      const { offset, length, compression, original } = entry;
      const sealed = blobs.get(entry.pack)?.subarray(offset, offset + length) ?? Buffer.alloc(0);
      const opened = sealer.open(sealed, contentIv(entry.id));
      yield [entry, compression === 0 ? opened : decompress(compression, opened, { limit: original })];
    }
  }
}

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));
}
