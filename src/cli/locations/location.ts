import type { ObjectStore } from '#storage/object-store.ts';

/** Who knows of a location: the command line, the configuration file, or a BackupStorageLocation of the cluster. */
export type Origin = 'flag' | 'config' | 'cluster';

/** A storage location that can be worked with. */
export interface OpenedLocation {
  /** Its name, or its URL where it has none. */
  readonly name: string;
  readonly origin: Origin;
  /** Whether its owner says that nothing may be written there. The store refuses it then, too. */
  readonly readOnly: boolean;
  readonly store: ObjectStore;
  /** A file with authorities that are trusted for it, where the command line or the configuration names one. */
  readonly caFile?: string | undefined;
}
