import type { Json, JsonObject } from '../../format/go-json.ts';
import type { SnapshotSource } from './snapshot-manifest.ts';

/** What a policy is for: parts that are '' are not named; all '' is everything. */
export type PolicyTarget = SnapshotSource;

/** A policy, of which only what is set is there. Its document keeps every number as it was written. */
export interface Policy {
  readonly retention: RetentionPolicy;
  readonly files: FilesPolicy;
  readonly errorHandling: ErrorHandlingPolicy;
  readonly compression: CompressionPolicy;
  readonly metadataCompression: { readonly compressorName?: string };
  readonly splitter: { readonly algorithm?: string };
  readonly upload: UploadPolicy;
  /** Whether nothing is taken from policies of wider targets. */
  readonly noParent: boolean;
  /** All of it; members that are not named here are written again. */
  readonly document: JsonObject;
}

/** How many snapshots are kept, each kind of them. */
export interface RetentionPolicy {
  readonly keepLatest?: bigint;
  readonly keepHourly?: bigint;
  readonly keepDaily?: bigint;
  readonly keepWeekly?: bigint;
  readonly keepMonthly?: bigint;
  readonly keepAnnual?: bigint;
  readonly ignoreIdenticalSnapshots?: boolean;
}

export interface FilesPolicy {
  readonly ignore?: readonly string[];
  readonly noParentIgnore?: boolean;
  readonly ignoreDotFiles?: readonly string[];
  readonly noParentDotFiles?: boolean;
  readonly ignoreCacheDirs?: boolean;
  readonly maxFileSize?: bigint;
  readonly oneFileSystem?: boolean;
}

export interface ErrorHandlingPolicy {
  readonly ignoreFileErrors?: boolean;
  readonly ignoreDirectoryErrors?: boolean;
  readonly ignoreUnknownTypes?: boolean;
}

export interface CompressionPolicy {
  readonly compressorName?: string;
  readonly onlyCompress?: readonly string[];
  readonly noParentOnlyCompress?: boolean;
  readonly neverCompress?: readonly string[];
  readonly noParentNeverCompress?: boolean;
  readonly minSize?: bigint;
  readonly maxSize?: bigint;
}

export interface UploadPolicy {
  readonly maxParallelSnapshots?: bigint;
  readonly maxParallelFileReads?: bigint;
  readonly parallelUploadAboveSize?: bigint;
}

/** @throws Fault */
export function readPolicy(_data: Json | undefined): Policy {
  throw new Error('unfinished');
}

/** The document of a policy; a change is made in {@link Policy.document} or in the named members, which count. */
export function writePolicy(_policy: Policy): JsonObject {
  throw new Error('unfinished');
}

/** The labels of the policy's manifest. */
export function policyLabels(_target: PolicyTarget): Readonly<Record<string, string>> {
  throw new Error('unfinished');
}

/** The target that such labels name; `undefined` where they are no policy's. */
export function policyTarget(_labels: Readonly<Record<string, string>>): PolicyTarget | undefined {
  throw new Error('unfinished');
}
