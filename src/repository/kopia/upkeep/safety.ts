const hour = 3_600_000;

/**
 * How long maintenance waits before it believes that nobody needs something any more, in milliseconds. Sources: kopia's
 * `repo/maintenance/maintenance_safety.go`, `repo/content/indexblob/index_blob.go`.
 */
export interface SafetyMargins {
  /** Contents that were written less long ago are not written anew. */
  readonly rewriteMinAge: number;
  /** Contents that were written less long ago are in use, for all that anybody knows. */
  readonly minContentAge: number;
  /** Between two collections, for snapshots that were under way at the first to be seen by the second. */
  readonly betweenCollections: number;
  /** Whether contents are dropped only once a second collection has found them unused, too. */
  readonly twoCollections: boolean;
  /** Taken off the time before which deleted contents are dropped. */
  readonly dropExtraMargin: number;
  /** Blobs that are younger are not deleted. */
  readonly packDeleteMinAge: number;
  /** Sessions that said nothing for so long are dead. */
  readonly sessionExpirationAge: number;
  /** Between writing contents anew and deleting the packs that they were in: others may still read these. */
  readonly rewriteToDeletion: number;
  /** In repositories without epochs: between merging indexes and deleting them, and between that and deleting what says so. */
  readonly indexSettling: number;
}

/** Safe while others write and read. */
export const safetyFull: SafetyMargins = {
  rewriteMinAge: 2 * hour,
  minContentAge: 24 * hour,
  betweenCollections: 4 * hour,
  twoCollections: true,
  dropExtraMargin: hour,
  packDeleteMinAge: 24 * hour,
  sessionExpirationAge: 96 * hour,
  rewriteToDeletion: hour,
  indexSettling: hour,
};

/** Waits for nothing. Safe only while nobody else has the repository open. */
export const safetyNone: SafetyMargins = {
  rewriteMinAge: 0,
  minContentAge: 0,
  betweenCollections: 0,
  twoCollections: false,
  dropExtraMargin: 0,
  packDeleteMinAge: 0,
  sessionExpirationAge: 0,
  rewriteToDeletion: 0,
  indexSettling: 0,
};

export const safetyLevels = { full: safetyFull, none: safetyNone } as const;
export type SafetyLevel = keyof typeof safetyLevels;
