import { type Message, say } from '#foundation/language.ts';
import { fieldsAt, isFields, textAt } from '#kube/fields.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import type { JournalRecord } from '#steps/journal.ts';
import { raise } from '../errors.ts';
import type { HostedClusterKey } from '../hosted-cluster.ts';
import { type Holder, readHolder } from './holder.ts';

/** What the ConfigMap says. */
export interface LockState {
  readonly holder: Holder | undefined;
  /** Changes with every sign of life. */
  readonly renewed: string;
  readonly record: JournalRecord | undefined;
  /** The uid of the HostedCluster that the record is of; empty where it is not said. */
  readonly clusterUid: string;
}

/** The HostedCluster that a lock is of. */
export interface LockedCluster {
  readonly key: HostedClusterKey;
  readonly uid: string;
  readonly object: Pick<KubeObject, 'apiVersion' | 'kind'>;
}

/** The ConfigMap that holds the journal and the lock of one hosted cluster, beside its HostedCluster. */
export function lockKey({ namespace, name }: HostedClusterKey): HostedClusterKey {
  return { namespace, name: `hozon-journal-${name}` };
}

/** For messages. */
export function nameOfCluster({ key }: Pick<LockedCluster, 'key'>): Message {
  return say(`the hosted cluster ${formatKey(key)}`, `ホステッドクラスター ${formatKey(key)}`);
}

/** @throws `hosted-cluster.journal-unreadable` */
export function readLock(object: KubeObject): LockState {
  const data = fieldsAt(object, 'data');
  return {
    holder: readHolder(textAt(data, 'holder')),
    renewed: textAt(data, 'renewed') ?? '',
    record: readRecord(textAt(data, 'journal'), object),
    clusterUid: textAt(data, 'clusterUid') ?? '',
  };
}

/** It goes with its HostedCluster: nobody is to find it beside another one of the same name. */
export function lockObject(
  { key, uid, object }: LockedCluster,
  { holder, renewed, record }: Omit<LockState, 'clusterUid'>,
  resourceVersion: string | undefined,
): KubeObject {
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  const { apiVersion, kind } = object;
  const isKnown = uid !== '' && apiVersion !== undefined && kind !== undefined;
  const owner = isKnown ? { ownerReferences: [{ apiVersion, kind, name: key.name, uid }] } : {};
  const labels = {
    'app.kubernetes.io/managed-by': 'hozon',
    'hozon.dev/hosted-cluster': key.name.slice(0, 63).replace(/[^a-z0-9]+$/, ''),
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...lockKey(key), labels, ...version, ...owner },
    data: {
      holder: holder === undefined ? '' : JSON.stringify(holder),
      renewed,
      clusterUid: uid,
      journal: record === undefined ? '' : JSON.stringify(record),
    },
  };
}

const states: readonly unknown[] = ['noted', 'begun', 'proven', 'undone'];

/** Anybody who may write ConfigMaps there may have changed it: its shape is checked, its values by those who use them. */
function readRecord(text: string | undefined, object: KubeObject): JournalRecord | undefined {
  if (text === undefined || text === '') return undefined;
  const parsed = parsedOf(text);
  const { namespace, name } = object.metadata;
  if (!isRecord(parsed)) throw raise['journal-unreadable']({ configMap: `${namespace}/${name}` });
  return parsed;
}

function isRecord(value: unknown): value is JournalRecord {
  if (!isFields(value) || typeof value['procedure'] !== 'string' || !isFields(value['steps'])) return false;
  if (value['direction'] !== 'forward' && value['direction'] !== 'back') return false;
  return Object.values(value['steps']).every(step => isFields(step) && states.includes(step['state']));
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
