import { type JsonObject, jsonNumber } from '../../format/go-json.ts';

/** What Go calls `math.MaxInt32` and `math.MaxInt64`: Velero's words for "all" and "never". */
const [everything, never] = [2 ** 31 - 1, 2n ** 63n - 1n];

export interface VeleroPolicyOptions {
  /** Files that are read at once; Velero takes the number of its processors. */
  readonly parallelFileReads: number;
  /** Whether large files are cut at multiples of 2 GiB, to be read in parallel. */
  readonly multipart?: boolean | undefined;
}

/**
 * The policy that Velero writes for a volume before each of its snapshots: nothing is removed, compressed or taken by kopia's own
 * schedule. Its numbers do not fit into JavaScript's.
 */
export function veleroPolicy({ parallelFileReads, multipart = false }: VeleroPolicyOptions): JsonObject {
  return {
    retention: {
      keepLatest: everything,
      keepHourly: everything,
      keepDaily: everything,
      keepWeekly: everything,
      keepMonthly: everything,
      keepAnnual: everything,
    },
    files: {},
    errorHandling: { ignoreUnknownTypes: true },
    scheduling: { manual: true },
    compression: { compressorName: 'none' },
    metadataCompression: {},
    splitter: {},
    actions: {},
    osSnapshots: { volumeShadowCopy: {} },
    logging: { directories: {}, entries: {} },
    upload: {
      maxParallelFileReads: parallelFileReads,
      parallelUploadAboveSize: multipart ? 2 ** 31 : jsonNumber(never),
    },
  };
}
