import { createReadStream } from 'node:fs';
import type { Clock } from '#foundation/clock.ts';
import type { KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';
import { type Archive, type OpenArchiveOptions, openArchive } from '../contents/archive.ts';
import { type ArchiveWriterOptions, createArchive } from '../contents/archive-writer.ts';

const listed = { verbs: ['get', 'list'], shortNames: [], singular: '' };

export const pods: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  ...listed,
};

export const clusterRoles: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
  ...listed,
};

export const deployments: ResourceType = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  ...listed,
};

export type Added = readonly [ResourceType, KubeObject];

/** An object of the type with that key, and whatever else is given. */
export function objectOf(type: ResourceType, key: ObjectKey, rest: Record<string, unknown> = {}): KubeObject {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  const { name, namespace } = key;
  const { labels, ...fields } = rest;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
  };
  return { apiVersion, kind: type.kind, ...fields, metadata } as KubeObject;
}

export function pod(name: string, namespace = 'shop', rest: Record<string, unknown> = {}): Added {
  return [pods, objectOf(pods, { namespace, name }, rest)];
}

/** The whole archive of these objects. */
export async function archiveOf(added: Iterable<Added>, options: ArchiveWriterOptions = {}): Promise<Buffer> {
  const writer = createArchive({ clock: stopped, ...options });
  const bytes = collect(writer.bytes);
  for (const [type, object] of added) await writer.add(type, object);
  await writer.finish();
  return bytes;
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes in pieces of that length. */
export async function* inPieces(bytes: Uint8Array, length = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

export function open(bytes: Uint8Array, options: Partial<OpenArchiveOptions> = {}): Promise<Archive> {
  return openArchive(inPieces(bytes), { source: 'nightly', ...options });
}

export function openFile(path: string): Promise<Archive> {
  return openArchive(createReadStream(path), { source: path });
}

/** Everything in an archive, in its order. */
export async function everything(archive: Archive): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const type of await archive.types()) {
    for await (const object of archive.read(type)) objects.push(object);
  }
  return objects;
}

const stopped: Clock = {
  now: () => new Date('2026-11-21T07:00:00Z'),
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
};
