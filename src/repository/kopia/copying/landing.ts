import { isUtf8 } from 'node:buffer';
import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { BrowsedSnapshot, Described, Missed, StoredEntry } from '../../browsing/browsable.ts';
import type {
  FileToLand,
  LandedContent,
  LandedEntry,
  LandedSnapshot,
  Landing,
  Loss,
  ThereEntry,
} from '../../copying/landing.ts';
import { lastName } from '../../copying/place.ts';
import { type BytePath, bytePath, pathBytes } from '../../trees/byte-path.ts';
import { readContent } from '../access/contents.ts';
import { readDirectory } from '../access/directories.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { findKopiaSnapshot } from '../access/snapshots.ts';
import {
  type DirectorySummary,
  goMode,
  type NewDirectoryEntry,
  writeDirectory,
} from '../format/directory.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { Policy } from '../format/policy.ts';
import { snapshotLabels, writeSnapshotManifest } from '../format/snapshot-manifest.ts';
import { openKopiaPipeline } from '../pipeline/pipeline-writer.ts';
import { compressorFor } from '../policies/settings.ts';
import type { KopiaWriter } from '../writing/kopia-writer.ts';
import { ManifestChanges } from '../writing/manifests.ts';
import { metadataCompressor } from '../writing/storing-objects.ts';
import { manifestOf } from './snapshot-document.ts';
import { summaryOf } from './summary.ts';
import { textNames } from './text-names.ts';

export interface KopiaLandingOptions extends StoreOptions {
  readonly clock: Clock;
  readonly identity: KopiaIdentity;
  /** What says how files are compressed; not at all without it. */
  readonly policy?: Pick<Policy, 'compression'> | undefined;
}

/** A directory of a kopia repository: its object, and what its entry in the directory above says of what is below it. */
export interface KopiaDirectory {
  readonly object: ObjectId;
  readonly summary: DirectorySummary;
}

/** A kopia repository that snapshots are copied to. */
export function kopiaLanding(
  repository: IndexedKopia,
  options: KopiaLandingOptions,
): Landing<KopiaDirectory> {
  return new KopiaLanding(repository, options);
}

class KopiaLanding implements Landing<KopiaDirectory> {
  readonly #repository: IndexedKopia;
  readonly #options: KopiaLandingOptions;
  #writer: Promise<KopiaWriter> | undefined;

  constructor(repository: IndexedKopia, options: KopiaLandingOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  get url(): string {
    return this.#repository.store.url;
  }

  lossesOf({ name, described }: StoredEntry): readonly Loss[] {
    if (described === undefined || !this.canHold(described)) return ['special-files'];
    const { attributes, type, links, user = '', group = '' } = described;
    const lost: readonly (readonly [Loss, boolean])[] = [
      ['attributes', attributes.length > 0],
      ['hard-links', type !== 'dir' && links > 1n],
      ['names', !isUtf8(pathBytes(name))],
      ['owner-names', user !== '' || group !== ''],
    ];
    return lost.filter(([, is]) => is).map(([loss]) => loss);
  }

  lossesOfSnapshot({ paths, root }: BrowsedSnapshot): readonly Loss[] {
    const fromAbove = root.name === '' && root.described === undefined;
    const lost: readonly (readonly [Loss, boolean])[] = [
      ['several-paths', paths.length > 1],
      ['directories-above', fromAbove && paths.some(path => path !== '/')],
      ['run-details', fromAbove],
    ];
    return lost.filter(([, is]) => is).map(([loss]) => loss);
  }

  canHold({ type }: Described): boolean {
    return type === 'file' || type === 'dir' || type === 'symlink';
  }

  named<T extends { readonly name: BytePath }>(entries: readonly T[]): readonly T[] {
    return textNames(entries);
  }

  async file(body: AsyncIterable<Buffer>, file: FileToLand): Promise<LandedContent> {
    const { policy } = this.#options;
    const named = { name: pathBytes(file.name).toString(), size: file.size };
    const compression = policy && compressorFor(policy, named);
    const { id, size } = await (await this.#opened()).object(body, { compression });
    return { ids: [id], size };
  }

  async directory(
    entries: readonly LandedEntry<KopiaDirectory>[],
    { mtime }: Pick<Described, 'mtime'>,
    missed?: Missed,
  ): Promise<KopiaDirectory> {
    const named = textNames(entries);
    const written = await Promise.all(named.map(each => this.#entry(each)));
    const summary = { ...summaryOf(written, mtime), ...failuresOf(missed) };
    const compression = metadataCompressor;
    const { id } = await (await this.#opened()).object([writeDirectory(written, summary)], {
      prefix: 'k',
      compression,
      metadataCompression: compression,
    });
    return { object: id, summary };
  }

  /** An empty one says when it was changed itself. */
  async sameEntries(directory: KopiaDirectory, { mtime }: Described): Promise<KopiaDirectory> {
    const { files, symlinks, dirs, maxTime, failed, ignoredErrors: ignored, errors } = directory.summary;
    const isEmpty = files === 0 && symlinks === 0 && dirs <= 1;
    if (!isEmpty || maxTime === mtime) return directory;
    return this.directory([], { mtime }, { failed, ignored, errors });
  }

  async #entry({
    name,
    described,
    content,
    directory,
  }: LandedEntry<KopiaDirectory>): Promise<NewDirectoryEntry> {
    const { type, mode, mtime, uid, gid, target = Buffer.alloc(0) } = described;
    const head = { name: pathBytes(name).toString(), mode: goMode(mode), mtime, uid, gid };
    if (directory !== undefined) return { ...head, type: 'd', size: 0, ...directory };
    const [object] = content?.ids ?? [];
    if (object !== undefined) return { ...head, type: 'f', size: content?.size ?? 0, object };
    if (type !== 'symlink') throw new Error(`a ${type} was copied without content`);
    return {
      ...head,
      type: 's',
      size: target.length,
      object: await (await this.#opened()).content('', target),
    };
  }

  async entries(
    directory: KopiaDirectory,
    options: StoreOptions = {},
  ): Promise<ReadonlyMap<BytePath, ThereEntry<KopiaDirectory>>> {
    const { entries } = await readDirectory(this.#repository, directory.object, options);
    return new Map(
      entries.map(({ name, type, size, object, summary }) => {
        const below = type === 'd' && summary !== undefined ? { object, summary } : undefined;
        const content = type === 'f' ? { ids: [object], size } : undefined;
        return [bytePath(Buffer.from(name)), { content, directory: below }];
      }),
    );
  }

  async directoryOf(
    id: string,
    _path: string,
    options: StoreOptions = {},
  ): Promise<KopiaDirectory | undefined> {
    const { snapshot } = await findKopiaSnapshot(this.#repository, id, options);
    const { object, summary } = snapshot.rootEntry ?? {};
    return object === undefined || summary === undefined ? undefined : { object, summary };
  }

  async snapshot(snapshot: LandedSnapshot<KopiaDirectory>, options: StoreOptions = {}): Promise<string> {
    const { entry, path } = snapshot.root;
    const own = pathBytes(snapshot.source.root.name).toString();
    const written = await this.#entry(entry);
    const manifest = manifestOf(snapshot, { ...written, name: own || lastName(path) || '/' });
    const writer = await this.#opened();
    await writer.flush(options);
    const changes = new ManifestChanges({ clock: this.#options.clock });
    const id = changes.put(snapshotLabels(manifest), writeSnapshotManifest(manifest));
    const read = (content: string): Promise<Buffer> => readContent(this.#repository, content, options);
    await changes.write(writer, { repository: this.#repository, read });
    await writer.flush(options);
    return id;
  }

  /** Threads are begun with the first content. */
  #opened(): Promise<KopiaWriter> {
    this.#writer ??= openKopiaPipeline(this.#repository, this.#options);
    return this.#writer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const writer = await this.#writer;
    this.#writer = undefined;
    await writer?.[Symbol.asyncDispose]();
  }
}

/** What a summary says of failures: all below the directory is counted in it. */
function failuresOf(missed: Missed | undefined): Partial<DirectorySummary> {
  if (missed === undefined) return {};
  const { failed, ignored: ignoredErrors, errors } = missed;
  return { failed, ignoredErrors, errors };
}
