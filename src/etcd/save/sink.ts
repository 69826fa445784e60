/** Where a snapshot, and what belongs to it, is kept: a directory, an object store, a repository. */
export interface SnapshotSink {
  /** The place without credentials, for messages: `/backup`, `s3://bucket/etcd`. */
  readonly url: string;
  /**
   * Stores what the stream yields under a name that was free. If the stream throws, the signal aborts or the process dies, nothing is
   * kept under that name, and the stream's own error is what rejects. The name holds the whole or nothing at any moment.
   *
   * @throws `etcd.save-exists` where the name is taken; what the place throws
   */
  store(file: SavedFile, options: { readonly signal?: AbortSignal | undefined }): Promise<Saved>;
}

export interface SavedFile {
  /** One segment: `snapshot_2026-11-21_140000.db`, `static_kuberesources_2026-11-21_140000.tar.gz`. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Looks at the whole file before it gets its name, at places that are files of this machine. What it throws rejects, and nothing is kept. */
  readonly inspect?: ((path: string) => Promise<void>) | undefined;
}

/** What was stored. */
export interface Saved {
  /** What finds it again: a path, a URL, the id of a snapshot of a repository. */
  readonly place: string;
  /** Bytes. */
  readonly size: number;
}
