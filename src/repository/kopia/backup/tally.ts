import { Counting } from '../../archiving/statistics.ts';
import type { SnapshotStats } from '../format/snapshot-manifest.ts';
import type { LeftOut } from '../walking/snapshot-walk.ts';

/** Counts what a snapshot finds, for people and as kopia does. */
export class Tally {
  readonly counting = new Counting();
  readonly #stats = {
    totalSize: 0,
    fileCount: 0,
    cachedFiles: 0,
    nonCachedFiles: 0,
    dirCount: 0,
    ignoredErrorCount: 0,
    errorCount: 0,
  };

  /** A file or symlink that is as it was in an earlier snapshot. */
  reused(type: 'f' | 's', size: number): void {
    this.#stats.cachedFiles++;
    this.#stats.totalSize += size;
    if (type === 'f') this.counting.file('unmodified', size);
  }

  /** A file that is to be read. */
  reading(): void {
    this.#stats.nonCachedFiles++;
  }

  /** A file that was read, in so many sections. */
  read(size: number, sections: number): void {
    this.#stats.fileCount += sections;
    this.#stats.totalSize += size;
  }

  directory(): void {
    this.#stats.dirCount++;
  }

  failed(ignored: boolean): void {
    if (ignored) this.#stats.ignoredErrorCount++;
    else this.#stats.errorCount++;
  }

  stats({ files, directories, bytes }: LeftOut): SnapshotStats {
    return {
      ...this.#stats,
      excludedFileCount: files,
      excludedDirCount: directories,
      excludedTotalSize: bytes,
    };
  }
}
