import type { Static, TSchema } from 'typebox';
import { decode } from '#api/schema.ts';
import { isObjectName } from '#api/velero/names.ts';
import { cliErrors } from '../errors.ts';
import type { Manifest } from './manifest-file.ts';
import { given } from './spec-flags.ts';

/** What an object is made of: a manifest, or nothing, and what the command line says beyond it. */
export interface Parts {
  readonly kind: 'Backup' | 'Restore';
  readonly name: string;
  readonly manifest: Manifest | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Fields of the spec; one that is undefined takes the manifest's away. */
  readonly spec: Readonly<Record<string, unknown>>;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The object that is asked for. Of the manifest's metadata only the labels and the annotations count, of a status
 * nothing: it may be one that a cluster gave out. Throws `cli.bad-value` for a name that none may have,
 * `api.invalid` for what the schema refuses.
 */
export function wantedObject<T extends TSchema>(schema: T, parts: Parts): Static<T> {
  const { kind, name, manifest } = parts;
  if (!isObjectName(name)) {
    throw cliErrors.raise['bad-value']({ flag: 'NAME', given: name, expected: 'nightly, db-2026.01' });
  }
  const base = manifest === undefined ? {} : checkedManifest(schema, manifest, name);
  const metadata = fieldsOf(base['metadata']);
  const { [lastApplied]: _, ...annotations } = fieldsOf(metadata['annotations']);
  const wanted = {
    apiVersion: 'velero.io/v1',
    kind,
    metadata: {
      name,
      ...nonEmpty('labels', { ...fieldsOf(metadata['labels']), ...parts.labels }),
      ...nonEmpty('annotations', { ...annotations, ...parts.annotations }),
    },
    spec: given({ ...fieldsOf(base['spec']), ...parts.spec }),
  };
  return decode(schema, wanted, `${kind} ${name}`);
}

/** The manifest's object, so that what is wrong in the file is said of the file. */
function checkedManifest(
  schema: TSchema,
  { content, source }: Manifest,
  name: string,
): Record<string, unknown> {
  const { status: _, ...object } = content;
  const metadata = object['metadata'] ?? {};
  const named = { ...object, metadata: isFields(metadata) ? { ...metadata, name } : metadata };
  return decode(schema, { spec: {}, ...named }, source) as Record<string, unknown>;
}

/** The name that the manifest gives. */
export function manifestName(manifest: Manifest | undefined): string | undefined {
  return textOf(fieldsOf(manifest?.content['metadata'])['name']);
}

/** A field of the manifest's spec, if it is a text that says something. */
export function manifestText(manifest: Manifest | undefined, field: string): string | undefined {
  return textOf(fieldsOf(manifest?.content['spec'])[field]);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isFields(value) ? value : {};
}

function nonEmpty(field: string, value: object): Record<string, unknown> {
  return Object.keys(value).length === 0 ? {} : { [field]: value };
}
