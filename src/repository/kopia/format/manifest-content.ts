import { gunzipSync, gzipSync } from 'node:zlib';
import { Fault } from '../../format/fault.ts';
import { type Json, writeJson } from '../../format/go-json.ts';
import {
  documentOf,
  flagField,
  listField,
  objectIn,
  textField,
  textMapField,
  timeField,
  timeText,
} from './document-fields.ts';
import { reasons } from './reasons.ts';

/** A manifest: a small document that is found by its labels. */
export interface ManifestEntry {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970: of two with one id the later is valid. */
  readonly modified: bigint;
  readonly deleted: boolean;
  /** The document; `undefined` where it is deleted. */
  readonly data: Json | undefined;
}

/** Bytes that the manifests of one content may have unpacked. */
export const manifestContentLimit = 512 * 1024 * 1024;

/** What begins the ids of contents that hold manifests. */
export const manifestPrefix = 'm';

const reason = reasons.manifests;

/** The manifests in the plain bytes of a content `m…`. @throws Fault */
export function readManifestContent(plain: Uint8Array): readonly ManifestEntry[] {
  const document = documentOf(unzip(plain), reason);
  return listField(document, 'entries', reason).map(each => {
    const entry = objectIn(each, reason);
    const deleted = flagField(entry, 'deleted', reason);
    const id = textField(entry, 'id', reason);
    if (id === '') throw new Fault(reason);
    return {
      id,
      labels: textMapField(entry, 'labels', reason),
      modified: timeField(entry, 'modified', reason) ?? 0n,
      deleted,
      data: deleted ? undefined : entry['data'],
    };
  });
}

function unzip(plain: Uint8Array): Buffer {
  try {
    return gunzipSync(plain, { maxOutputLength: manifestContentLimit });
  } catch (cause) {
    throw new Fault(reasons.encoding, { cause });
  }
}

/** The plain bytes of a content that holds these manifests. */
export function writeManifestContent(entries: readonly ManifestEntry[]): Buffer {
  const documents = entries.map(({ id, labels, modified, deleted, data }) => ({
    id,
    labels: sortedMap(labels),
    modified: timeText(modified),
    deleted: deleted || undefined,
    data: deleted ? null : (data ?? null),
  }));
  return gzipSync(`${writeJson({ entries: documents })}\n`);
}

/** Go writes maps by the order of their keys. */
export function sortedMap(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(map);
  return Object.fromEntries(entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
}

/** A name for a new manifest. */
export function newManifestId(random: (size: number) => Buffer): string {
  return random(16).toString('hex');
}
