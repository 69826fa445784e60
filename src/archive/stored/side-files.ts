import { type Static, Type } from 'typebox';
import { nullable } from '#api/schema.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readGzipJson } from './gzip-json.ts';
import type { ResultSection, Results } from './results.ts';

/** `apps/v1/Deployment` → the objects of that kind, as `ns/name` or `name`. */
export type ResourceList = Record<string, string[]>;

const texts = nullable(Type.Array(Type.String()));
const section = Type.Object({
  velero: texts,
  cluster: texts,
  namespaces: nullable(Type.Record(Type.String(), Type.Union([Type.Array(Type.String()), Type.Null()]))),
});
const storedResults = Type.Object({ warnings: nullable(section), errors: nullable(section) });
const storedResourceList = Type.Union([
  Type.Record(Type.String(), Type.Union([Type.Array(Type.String()), Type.Null()])),
  Type.Null(),
]);

/** The `…-results.gz` of a backup or a restore; `undefined` where there is none. @throws `archive.corrupt-file` */
export async function readResults(
  store: ObjectStore,
  key: string,
  options: StoreOptions = {},
): Promise<Results | undefined> {
  const stored = await readGzipJson(store, key, storedResults, options);
  return stored && { warnings: sectionOf(stored.warnings), errors: sectionOf(stored.errors) };
}

/** The `…-resource-list.json.gz` of a backup or a restore; `undefined` where there is none. */
export async function readResourceList(
  store: ObjectStore,
  key: string,
  options: StoreOptions = {},
): Promise<ResourceList | undefined> {
  const stored = await readGzipJson(store, key, storedResourceList, options);
  return stored === undefined ? undefined : listsOf(stored ?? {});
}

/** Go writes an empty list as null; here it is left out. */
function sectionOf(stored: Static<typeof section> | null | undefined): ResultSection {
  const { velero, cluster, namespaces } = stored ?? {};
  return {
    ...(velero ? { velero } : {}),
    ...(cluster ? { cluster } : {}),
    ...(namespaces ? { namespaces: listsOf(namespaces) } : {}),
  };
}

function listsOf(stored: Readonly<Record<string, string[] | null>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(stored).map(([key, list]) => [key, list ?? []]));
}
