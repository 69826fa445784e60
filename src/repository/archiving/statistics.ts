/** Whether an entry was in the parent snapshot, and as it is now. */
export type Comparison = 'new' | 'changed' | 'unmodified';

/** How many there were of each. */
export type Comparisons = Readonly<Record<Comparison, number>>;

/** What a snapshot of a tree found, beside its parent. */
export interface TreeStatistics {
  readonly files: Comparisons;
  readonly directories: Comparisons;
  /** Bytes of all files, whether they had to be read or not. */
  readonly bytes: number;
}

/** Counts what is found. */
export class Counting implements TreeStatistics {
  readonly files = { new: 0, changed: 0, unmodified: 0 };
  readonly directories = { new: 0, changed: 0, unmodified: 0 };
  bytes = 0;

  file(comparison: Comparison, bytes: number): void {
    this.files[comparison]++;
    this.bytes += bytes;
  }

  directory(comparison: Comparison): void {
    this.directories[comparison]++;
  }

  /** All files so far. */
  get fileCount(): number {
    return this.files.new + this.files.changed + this.files.unmodified;
  }
}
