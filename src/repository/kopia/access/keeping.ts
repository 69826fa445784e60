import { type Clock, systemClock } from '#foundation/clock.ts';
import { say } from '#foundation/language.ts';
import type { ObjectStore, Retention, StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import type { BlobConfig } from '../format/repository-format.ts';
import type { KeepingRule, KopiaBlobs } from './blobs.ts';
import { isJsonObject } from './json-shape.ts';
import { naming } from './naming.ts';

/** Where object stores hold which class of storage blobs are of; people write it by hand. */
export const storageConfigId = '.storageconfig';
const storageConfigLimit = 64 * 1024;

/** What the ids of blobs begin with that nobody may change or delete for a time: indexes, packs, and what describes the repository. */
export const lockedPrefixes = ['kopia.repository', 'kopia.blobcfg', 'n', 'x', 'p', 'q'];

/**
 * How the store is to keep the blobs of a repository: of what class, and locked for how long. Only an object store is asked.
 *
 * @throws `repository.damaged` where `.storageconfig` cannot be read, and what the store throws
 */
export async function readKeeping(
  blobs: KopiaBlobs,
  config: BlobConfig,
  { signal, clock = systemClock }: StoreOptions & { readonly clock?: Pick<Clock, 'now'> | undefined },
): Promise<KeepingRule> {
  if (isDirectory(blobs.store)) return () => ({});
  const classes = await readClasses(blobs, { signal });
  const lock = lockOf(config);
  return id => {
    const storageClass = classes.find(({ prefix }) => id.startsWith(prefix))?.storageClass || undefined;
    const isLocked = lockedPrefixes.some(prefix => id.startsWith(prefix));
    if (lock === undefined || !isLocked) return { storageClass };
    return { storageClass, retention: retentionFrom(lock, clock.now()) };
  };
}

/** Whether blobs lie in a directory, which keeps none in classes and locks none. */
export function isDirectory({ url }: Pick<ObjectStore, 'url'>): boolean {
  return url.startsWith('file:');
}

/** How a repository locks its blobs. */
export interface BlobLock extends Pick<Retention, 'mode'> {
  /** Milliseconds. */
  readonly period: number;
}

/** `undefined` where it locks none. */
export function lockOf({ retentionMode: mode, retentionPeriod }: BlobConfig): BlobLock | undefined {
  const period = Number(retentionPeriod / 1_000_000n);
  if (period <= 0 || (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE')) return undefined;
  return { mode, period };
}

/** A lock that begins then. */
export function retentionFrom({ mode, period }: BlobLock, begin: Date): Retention {
  return { mode, until: new Date(begin.getTime() + period) };
}

interface ClassOfBlobs {
  readonly prefix: string;
  readonly storageClass: string;
}

async function readClasses(blobs: KopiaBlobs, options: StoreOptions): Promise<readonly ClassOfBlobs[]> {
  const bytes = await blobs.find(storageConfigId, { ...options, limit: storageConfigLimit });
  if (bytes === undefined) return [];
  return naming(blobs.store, storageConfigId, async () => classesIn(bytes));
}

function classesIn(bytes: Buffer): ClassOfBlobs[] {
  const document = parsed(bytes);
  const options = isJsonObject(document) ? (document['blobOptions'] ?? []) : undefined;
  if (!Array.isArray(options)) throw new Fault(notConfig);
  return options.map((option: unknown) => {
    const { prefix = '', storageClass = '' } = isJsonObject(option) ? option : { prefix: 0 };
    if (typeof prefix !== 'string' || typeof storageClass !== 'string') throw new Fault(notConfig);
    return { prefix, storageClass };
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new Fault(notConfig, { cause });
  }
}

const notConfig = say(
  'it does not say which class of storage blobs are of',
  'ブロブのストレージクラスの設定として正しくありません',
);
