import type { ExtendedAttribute } from '../../posix/extended-attribute.ts';
import { type BytePath, joined, pathBytes } from '../../trees/byte-path.ts';
import { goMode, isEntryHead } from '../format/directory.ts';
import type { DirectoryTexts, EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { EarlierFiles, FileNow } from '../walking/follower.ts';
import type { SnapshotDirectory } from './directory.ts';
import type { Findings } from './findings.ts';
import { previousName } from './previous-directories.ts';
import type { Tally } from './tally.ts';

/** What a snapshot counts, and whether the content of an object is there. */
export interface TakingOver {
  readonly findings: Findings;
  readonly tally: Tally;
  readonly isStored: (object: ObjectId) => boolean;
  /** Where the entry is that was taken last. */
  readonly last: { directory: BytePath; name: BytePath };
}

/** Takes a directory's files over from the one earlier snapshot that there is, without making anything else of them. */
export class EarlierFilesOf implements EarlierFiles {
  readonly #path: BytePath;
  readonly #directory: SnapshotDirectory;
  readonly #texts: DirectoryTexts;
  readonly #taking: TakingOver;
  /** Of the file that was asked about last. */
  readonly #now = { type: 'f' as const, mode: 0, size: 0, mtime: 0n, uid: 0, gid: 0, object: '' };

  /** @param path the directory's, in the tree */
  constructor(path: BytePath, directory: SnapshotDirectory, texts: DirectoryTexts, taking: TakingOver) {
    this.#path = path;
    this.#directory = directory;
    this.#texts = texts;
    this.#taking = taking;
  }

  find(name: BytePath): EntryTexts | undefined {
    const key = previousName(name);
    const known = key === undefined ? undefined : this.#texts.find(key);
    return known?.type === 'f' ? known : undefined;
  }

  isSame(known: EntryTexts, file: FileNow): boolean {
    const now = this.#now;
    now.mode = goMode(file.mode);
    now.size = file.size;
    now.mtime = file.mtime;
    now.uid = file.uid;
    now.gid = file.gid;
    return isEntryHead(known.head, known.name, now) && this.#taking.isStored(known.object);
  }

  take(name: BytePath, known: EntryTexts, links: number, attributes: readonly ExtendedAttribute[]): void {
    const { tally, findings, last } = this.#taking;
    last.directory = this.#path;
    last.name = name;
    tally.reused('f', this.#now.size);
    this.#directory.takeOver(this.#now, name, known);
    if (links > 1 || attributes.length > 0) {
      const path = pathBytes(joined(this.#path, name));
      findings.look({ path, type: 'file', links: BigInt(links), attributes }, name);
    }
  }
}
