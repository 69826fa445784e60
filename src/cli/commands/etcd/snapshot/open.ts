import { readFile } from 'node:fs/promises';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { raise } from '#etcd/errors.ts';
import { type EncryptionKeys, readEncryptionConfiguration } from '#etcd/objects/encryption-configuration.ts';
import { placeOfKey } from '#etcd/objects/key-place.ts';
import { isKeyIn, SnapshotReader, type SnapshotReaderOptions } from '#etcd/objects/snapshot-reader.ts';
import { typeNamed, typeNear, wordsFor } from '#etcd/objects/type-names.ts';
import { requireUnused } from '#etcd/snapshot/in-use.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { groupResource, type ResourceType } from '#kube/objects.ts';
import type { UnreadValue } from '#kube/resource-reader.ts';
import { expandHome } from '../../../config/path.ts';
import type { Context } from '../../../context.ts';
import { similarTo } from '../../../similar.ts';
import { say } from '../../../spec.ts';

export interface ReadingFlags {
  readonly revision?: number | undefined;
  readonly encryptionConfig?: string | undefined;
}

/** A file of bbolt that no process holds; closed behind the command. @throws `etcd.snapshot-*` */
export async function openSnapshot(file: string, context: Context): Promise<BoltFile> {
  const path = expandHome(file, context.env);
  await requireUnused(path);
  const bolt = BoltFile.open(path);
  context.defer(async () => bolt[Symbol.dispose]());
  return bolt;
}

/** The objects of a snapshot; what cannot be read is noted, once for each reason, and each value told. */
export async function openObjects(
  file: string,
  flags: ReadingFlags,
  context: Context,
  onUnread: (value: UnreadValue) => unknown = () => {},
): Promise<SnapshotReader> {
  const { revision, encryptionConfig } = flags; // whatever else a command has, all of it is opened
  return objectsIn(
    await openSnapshot(file, context),
    { revision, encryptionConfig },
    { ...context, onUnread },
  );
}

/** What of a snapshot is asked for: a namespace, and a type by a word. */
interface WithinFlags extends ReadingFlags {
  readonly namespace?: string | undefined;
  readonly word?: string | undefined;
}

/**
 * The objects of a namespace alone, where one is given, and the type that the word means among those in the whole snapshot: that is read
 * only where those of the namespace do not tell.
 *
 * @throws `etcd.type-unknown`
 */
export async function openWithin(
  file: string,
  { word, ...flags }: WithinFlags,
  context: Context,
): Promise<{ readonly reader: SnapshotReader; readonly type: string | undefined }> {
  const bolt = await openSnapshot(file, context);
  const reader = await objectsIn(bolt, flags, context);
  if (word === undefined) return { reader, type: undefined };
  const { signal } = context;
  if (flags.namespace === undefined)
    return { reader, type: groupResource(await typeIn(reader, word, signal)) };
  const near = typeNear(await reader.types({ signal }), word);
  if (near !== undefined) return { reader, type: groupResource(near) };
  const whole = await objectsIn(bolt, { ...flags, namespace: undefined }, context);
  return { reader, type: groupResource(await typeIn(whole, word, signal)) };
}

/** {@link openObjects} of a file that is open; of a namespace alone where one is given. */
export async function objectsIn(
  bolt: BoltFile,
  { namespace, ...flags }: ReadingFlags & Pick<WithinFlags, 'namespace'>,
  context: Context & { readonly onUnread?: (value: UnreadValue) => unknown },
): Promise<SnapshotReader> {
  const { signal, progress } = context;
  const values = await valuesIn(flags, context);
  const keys = await keysAt(new Records(bolt), {
    revision: flags.revision,
    isWanted: namespace === undefined ? undefined : isKeyIn(namespace),
    signal,
    progress,
  });
  return new SnapshotReader(keys, { source: bolt.path, progress, ...values });
}

/** How values are read, and what is said of those that cannot be: once for each reason, and each value told. */
export async function valuesIn(
  flags: ReadingFlags,
  context: Context & { readonly onUnread?: (value: UnreadValue) => unknown },
): Promise<Pick<SnapshotReaderOptions, 'encryption' | 'onUnreadable'>> {
  const reasons = new Set<string>();
  return {
    encryption: await keysOf(flags.encryptionConfig, context),
    onUnreadable({ path, reason }) {
      context.onUnread?.({ key: path, place: placeOfKey(path) });
      if (reasons.has(reason.en())) return;
      reasons.add(reason.en());
      context.note(say(`${path}, and perhaps others: ${reason.en()}`, `${path} など: ${reason.ja()}`));
    },
  };
}

async function keysOf(file: string | undefined, { env }: Context): Promise<EncryptionKeys> {
  if (file === undefined) return [];
  const path = expandHome(file, env);
  return readEncryptionConfiguration(await readFile(path, 'utf8'), path);
}

/** The type that a word means, whether the snapshot holds such objects or not. @throws `etcd.type-unknown` */
export async function typeIn(
  reader: SnapshotReader,
  word: string,
  signal: AbortSignal,
): Promise<ResourceType> {
  return typeAmong(await reader.knownTypes({ signal }), word, reader.source);
}

/** The same among these types of a file. @throws `etcd.type-unknown` */
export function typeAmong(types: readonly ResourceType[], word: string, file: string): ResourceType {
  const type = typeNamed(types, word);
  if (type !== undefined) return type;
  throw raise['type-unknown']({ file, word, similar: similarTo(word, wordsFor(types)) });
}
