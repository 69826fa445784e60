/** Where a snapshot of etcd is taken: one member, reached in one way. */
export interface SnapshotSource {
  /** The member and the way to it, for errors and records: `https://10.0.0.1:2379`, `pod kube-system/etcd-a`, `host master-0`. */
  readonly describe: string;
  /** Bytes of the member's database, where that is known beforehand: about what the stream will yield. */
  readonly size?: number | undefined;
  /**
   * The snapshot as etcd sends it: a bbolt file and the SHA-256 of it behind. Nothing is asked before it is iterated; leaving it
   * early, and the signal, end whatever was begun for it. It may be opened again.
   *
   * Its bytes are untrusted, and so is its end: a source must throw where it knows that something is missing (`etcd.*`), but nobody
   * relies on it (`checkedSnapshot`).
   */
  open(options: { readonly signal?: AbortSignal | undefined }): AsyncIterable<Uint8Array>;
}
