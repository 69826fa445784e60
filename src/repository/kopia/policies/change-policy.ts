import { raise } from '../../errors.ts';
import { type Json, type JsonObject, jsonNumber } from '../../format/go-json.ts';
import { compressionNames } from '../format/compression.ts';
import { type PolicyTarget, readPolicy, writePolicy } from '../format/policy.ts';
import { splitterNames } from '../splitting/splitters.ts';
import { valueAt, withValue } from './documents.ts';

/** A change of one member, which is named by its path with points between: `retention.keepLatest`. */
export type PolicyChange =
  /** Says a value; of a list, separated by commas. */
  | { readonly kind: 'set'; readonly member: string; readonly value: string }
  /** Adds a text to a list, or takes it out. */
  | { readonly kind: 'add' | 'drop'; readonly member: string; readonly value: string }
  /** Leaves it to wider policies. */
  | { readonly kind: 'inherit'; readonly member: string };

type Kind = 'flag' | 'count' | 'bytes' | 'texts' | 'compressor' | 'splitter';

const kinds: ReadonlyMap<string, Kind> = new Map([
  ...named('count', 'retention', 'keepLatest', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepMonthly'),
  ...named('count', 'retention', 'keepAnnual'),
  ...named('flag', 'retention', 'ignoreIdenticalSnapshots'),
  ...named('texts', 'files', 'ignore', 'ignoreDotFiles'),
  ...named('flag', 'files', 'noParentIgnore', 'noParentDotFiles', 'ignoreCacheDirs', 'oneFileSystem'),
  ...named('bytes', 'files', 'maxFileSize'),
  ...named('flag', 'errorHandling', 'ignoreFileErrors', 'ignoreDirectoryErrors', 'ignoreUnknownTypes'),
  ...named('compressor', 'compression', 'compressorName'),
  ...named('texts', 'compression', 'onlyCompress', 'neverCompress'),
  ...named('flag', 'compression', 'noParentOnlyCompress', 'noParentNeverCompress'),
  ...named('bytes', 'compression', 'minSize', 'maxSize'),
  ...named('compressor', 'metadataCompression', 'compressorName'),
  ...named('splitter', 'splitter', 'algorithm'),
  ...named('count', 'upload', 'maxParallelSnapshots', 'maxParallelFileReads'),
  ...named('bytes', 'upload', 'parallelUploadAboveSize'),
  ...named('count', 'scheduling', 'intervalSeconds'),
  ...named('texts', 'scheduling', 'cron'),
  ...named('flag', 'scheduling', 'manual', 'runMissed'),
  ['noParent', 'flag'],
]);

function named(kind: Kind, group: string, ...members: readonly string[]): [string, Kind][] {
  return members.map(member => [`${group}.${member}`, kind]);
}

/**
 * The document of a policy with changes made to it.
 *
 * @throws `repository.policy-member`, `policy-value`
 */
export function changedPolicy(before: JsonObject, changes: readonly PolicyChange[]): JsonObject {
  const document = changes.reduce(change, before);
  return writePolicy(readPolicy(document));
}

function change(document: JsonObject, each: PolicyChange): JsonObject {
  const kind = kinds.get(each.member);
  if (kind === undefined) throw raise['policy-member']({ member: each.member, known: [...kinds.keys()] });
  const path = each.member.split('.');
  switch (each.kind) {
    case 'inherit':
      return withValue(document, path, undefined);
    case 'set':
      return withValue(document, path, valueOf(each.member, kind, each.value));
    case 'add':
    case 'drop':
      return withValue(document, path, changedList(valueAt(document, path), kind, each));
  }
}

/** Sorted, as kopia's own command leaves lists. */
function changedList(
  before: Json | undefined,
  kind: Kind,
  { kind: how, member, value }: Extract<PolicyChange, { kind: 'add' | 'drop' }>,
): Json | undefined {
  if (kind !== 'texts') throw raise['policy-value']({ member, given: value, expected: '--set' });
  const texts = new Set((Array.isArray(before) ? before : []) as readonly string[]);
  if (how === 'add') texts.add(value);
  else texts.delete(value);
  return texts.size === 0 ? undefined : sorted(texts);
}

function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Go's `int`. */
const largest = 2n ** 63n - 1n;
const units = ['', 'k', 'm', 'g', 't'];

interface Given {
  readonly member: string;
  readonly given: string;
}

function valueOf(member: string, kind: Kind, given: string): Json {
  return readers[kind]({ member, given });
}

const readers: Readonly<Record<Kind, (given: Given) => Json>> = {
  flag: given => oneOf(given, ['true', 'false']) === 'true',
  count: ({ member, given }) => {
    if (/^\d{1,19}$/.test(given) && BigInt(given) <= largest) return jsonNumber(BigInt(given));
    throw raise['policy-value']({ member, given, expected: '0, 1, 2 …' });
  },
  bytes: ({ member, given }) => {
    const [, digits = '', unit = ''] = /^(\d{1,19})([kmgt]?)$/i.exec(given) ?? [];
    const bytes = BigInt(digits) << BigInt(10 * units.indexOf(unit.toLowerCase()));
    if (digits !== '' && bytes <= largest) return jsonNumber(bytes);
    throw raise['policy-value']({ member, given, expected: '1000, 20k, 3M, 4G, 1T' });
  },
  texts: ({ given }) => sorted(new Set(given.split(',').filter(text => text !== ''))),
  compressor: given => oneOf(given, ['none', ...compressionNames.values()]),
  splitter: given => oneOf(given, splitterNames),
};

function oneOf({ member, given }: Given, names: readonly string[]): string {
  if (names.includes(given)) return given;
  throw raise['policy-value']({ member, given, expected: names.join(', ') });
}

/** What kopia would refuse of a policy for a target. @throws `repository.policy-value`, `policy-target` */
export function refuseInvalid(document: JsonObject, { path }: PolicyTarget): void {
  if (path.length > 1 && /[/\\]$/.test(path) && !/^[^]:[/\\]$/.test(path)) {
    throw raise['policy-target']({ target: path });
  }
  const member = 'upload.maxParallelSnapshots';
  if (path !== '' && valueAt(document, member.split('.')) !== undefined) {
    throw raise['policy-value']({ member, given: path, expected: 'global, USER@HOST, @HOST' });
  }
  const { scheduling } = document;
  const manual = valueAt(document, ['scheduling', 'manual']) === true;
  if (manual && Object.keys(scheduling as JsonObject).length > 1) {
    throw raise['policy-value']({ member: 'scheduling.manual', given: 'true', expected: 'false' });
  }
}
