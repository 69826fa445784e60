import { type Json, type JsonObject, jsonNumber, ordered } from '../../format/go-json.ts';
import { flagField, objectField, objectIn, textField, textsField, wholeField } from './document-fields.ts';
import { reasons } from './reasons.ts';
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

const reason = reasons.policy;

/** What the members of the groups are; members of other groups are only kept. */
const groups = {
  retention: {
    keepLatest: wholeField,
    keepHourly: wholeField,
    keepDaily: wholeField,
    keepWeekly: wholeField,
    keepMonthly: wholeField,
    keepAnnual: wholeField,
    ignoreIdenticalSnapshots: flagField,
  },
  files: {
    ignore: textsField,
    noParentIgnore: flagField,
    ignoreDotFiles: textsField,
    noParentDotFiles: flagField,
    ignoreCacheDirs: flagField,
    maxFileSize: wholeField,
    oneFileSystem: flagField,
  },
  errorHandling: {
    ignoreFileErrors: flagField,
    ignoreDirectoryErrors: flagField,
    ignoreUnknownTypes: flagField,
  },
  compression: {
    compressorName: textField,
    onlyCompress: textsField,
    noParentOnlyCompress: flagField,
    neverCompress: textsField,
    noParentNeverCompress: flagField,
    minSize: wholeField,
    maxSize: wholeField,
  },
  metadataCompression: { compressorName: textField },
  splitter: { algorithm: textField },
  upload: {
    maxParallelSnapshots: wholeField,
    maxParallelFileReads: wholeField,
    parallelUploadAboveSize: wholeField,
  },
} as const;

type GroupName = keyof typeof groups;
type Group<Name extends GroupName> = {
  readonly [Member in keyof (typeof groups)[Name]]?: (typeof groups)[Name][Member] extends (
    ...given: never
  ) => infer Value
    ? Value
    : never;
};

/** @throws Fault */
export function readPolicy(data: Json | undefined): Policy {
  const document = objectIn(data ?? {}, reason);
  return {
    retention: readGroup(document, 'retention'),
    files: readGroup(document, 'files'),
    errorHandling: readGroup(document, 'errorHandling'),
    compression: readGroup(document, 'compression'),
    metadataCompression: readGroup(document, 'metadataCompression'),
    splitter: readGroup(document, 'splitter'),
    upload: readGroup(document, 'upload'),
    noParent: flagField(document, 'noParent', reason),
    document,
  };
}

function readGroup<Name extends GroupName>(document: JsonObject, name: Name): Group<Name> {
  const group = objectField(document, name, reason);
  const members = Object.entries(groups[name])
    .filter(([key]) => (group[key] ?? undefined) !== undefined)
    .map(([key, read]) => [key, read(group, key, reason)] as const);
  return Object.fromEntries(members) as Group<Name>;
}

const groupOrder = [
  'retention',
  'files',
  'errorHandling',
  'scheduling',
  'compression',
  'metadataCompression',
  'splitter',
  'actions',
  'osSnapshots',
  'logging',
  'upload',
  'noParent',
];

/** The document of a policy: of the members that are named in {@link Policy} those there count, of the others its document's. */
export function writePolicy(policy: Policy): JsonObject {
  // Go writes a group even where nothing is set in it.
  const members = Object.fromEntries(
    groupOrder.slice(0, -1).map(name => [name, policy.document[name] ?? {}]),
  );
  for (const name of Object.keys(groups) as GroupName[]) members[name] = writeGroup(policy, name);
  return ordered({ ...policy.document, ...members, noParent: policy.noParent || undefined }, groupOrder);
}

function writeGroup(policy: Policy, name: GroupName): JsonObject {
  const before = objectField(policy.document, name, reason);
  const named = Object.keys(groups[name]);
  const others = Object.entries(before).filter(([key]) => !named.includes(key));
  const values = Object.entries(policy[name]).map(([key, value]) => [key, jsonOf(value)] as const);
  return ordered(Object.fromEntries([...values, ...others]), named);
}

function jsonOf(value: unknown): Json {
  return typeof value === 'bigint' ? jsonNumber(value) : (value as Json);
}

/** The labels of the policy's manifest. */
export function policyLabels({ host, userName, path }: PolicyTarget): Readonly<Record<string, string>> {
  const type = 'policy';
  if (path !== '') return { type, policyType: 'path', path, username: userName, hostname: host };
  if (userName !== '') return { type, policyType: 'user', username: userName, hostname: host };
  if (host !== '') return { type, policyType: 'host', hostname: host };
  return { type, policyType: 'global' };
}

/** The target that such labels name; `undefined` where they are no policy's. */
export function policyTarget(labels: Readonly<Record<string, string>>): PolicyTarget | undefined {
  if (labels['type'] !== 'policy') return undefined;
  const { hostname = '', username = '', path = '' } = labels;
  return { host: hostname, userName: username, path };
}
