import { randomBytes } from 'node:crypto';
import type { KubeApi } from '#kube/api.ts';
import { Discovery } from '#kube/discovery.ts';
import { apiVersionOf, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { sampleTypes } from './types.ts';

/** What was asked of a generated cluster so far. */
export interface Asked {
  /** Objects that lists have yielded. */
  yielded: number;
  lists: number;
  mostAtOnce: number;
}

/**
 * An API whose lists yield so many objects of each type without a server, a page at a time, each with about `bytes`
 * of text that cannot be compressed much. It has one namespace, and answers nothing but what a backup asks.
 */
export function generatedCluster(
  counts: Readonly<Record<string, number>>,
  bytes: number,
): { api: KubeApi; asked: Asked } {
  const asked: Asked = { yielded: 0, lists: 0, mostAtOnce: 0 };
  let atOnce = 0;
  async function* list(type: ResourceType): AsyncGenerator<KubeObject> {
    asked.lists++;
    asked.mostAtOnce = Math.max(asked.mostAtOnce, ++atOnce);
    try {
      for (let index = 0; index < (counts[groupResource(type)] ?? 0); index++) {
        if (index % 500 === 0) await nextTurn();
        asked.yielded++;
        yield generated(type, index, bytes);
      }
    } finally {
      atOnce--;
    }
  }
  const namespace = { ...generated(namespaces, 0, 0), status: { phase: 'Active' } };
  const api = {
    server: 'https://generated.example',
    version: async () => ({ major: '1', minor: '34', gitVersion: 'v1.34.4', platform: '' }),
    discover: async () => new Discovery(sampleTypes),
    list: (type: ResourceType) => (groupResource(type) === 'namespaces' ? [namespace] : list(type)),
    get: async () => undefined,
  };
  return { api: api as unknown as KubeApi, asked };
}

const namespaces = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false };

function generated(
  type: Omit<ResourceType, 'verbs' | 'shortNames' | 'singular'>,
  index: number,
  bytes: number,
): KubeObject {
  const metadata = type.namespaced ? { name: `o${index}`, namespace: 'o0' } : { name: `o${index}` };
  const text = randomBytes(Math.ceil(bytes / 2)).toString('hex');
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata, data: { text } };
}

/** Lets everything else that is due run, as a server's answer would. */
function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
