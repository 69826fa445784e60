import type { BackupSpec } from '#api/velero/backup.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { createBackup } from '#backup/create-backup.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import type { Velero } from '#testbed/velero/velero.ts';
import { contentsOf } from '../backup/setting.ts';
import type { Case } from './specs.ts';

/** What came of one Backup. */
export interface Taken {
  /** `FailedValidation` too where Hozon refuses it with `backup.invalid`. */
  readonly phase: string;
  /** What is wrong with the Backup, where it was refused. */
  readonly refusal: string;
  /** `pods ns/name` → the object in the archive. */
  readonly items: ReadonlyMap<string, KubeObject>;
}

export interface Setting {
  readonly client: KubeApi;
  readonly velero: Pick<Velero, 'namespace' | 'location'>;
  /** The location of each. */
  readonly stores: { readonly velero: ObjectStore; readonly hozon: ObjectStore };
}

/** Of each case, by its name. */
export type Outcomes = ReadonlyMap<string, Taken>;

export type Cases = Readonly<Record<string, Case>>;

/** Makes the ConfigMaps of the cases' policies. */
export async function makePolicies(cases: Cases, { client, velero }: Setting): Promise<void> {
  const configMaps = await typeNamed(client, 'configmaps');
  for (const [name, { policy }] of Object.entries(cases)) {
    if (policy === undefined) continue;
    const metadata = { name, namespace: velero.namespace };
    await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { policy } });
  }
}

/** Makes the Backups of the cases, which Velero does not begin with yet. */
export async function queueForVelero(cases: Cases, { client, velero }: Setting): Promise<void> {
  const backups = await typeNamed(client, 'backups.velero.io');
  for (const name of Object.keys(cases)) {
    const backup = backupOf(name, cases, velero.namespace);
    await client.create(backups, { ...backup, status: { phase: 'Queued' } });
  }
}

/**
 * Lets Velero make the queued Backups, one after the other, and resolves with what came of them. Its queue, which often
 * wakes up only once a minute, is passed by: each is said to be ready.
 */
export async function takenByVelero(cases: Cases, setting: Setting): Promise<Outcomes> {
  const { client, velero, stores } = setting;
  const { namespace } = velero;
  const backups = await typeNamed(client, 'backups.velero.io');
  const waiting = new Set(Object.keys(cases));
  for (const name of waiting) {
    const body = { status: { phase: 'ReadyToStart' } };
    await client.patch(backups, { namespace, name }, { type: 'merge', body });
  }
  const taken = new Map<string, Taken>();
  const signal = AbortSignal.timeout(1_800_000);
  for await (const event of client.watch(backups, { namespace, signal })) {
    if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
    const { name } = event.object.metadata;
    const status = event.object['status'] as Status | undefined;
    if (!waiting.has(name) || !terminal.has(status?.phase ?? '')) continue;
    waiting.delete(name);
    taken.set(name, await veleroOutcome(name, status ?? {}, stores.velero));
    if (waiting.size === 0) break;
  }
  return taken;
}

interface Status {
  readonly phase?: string;
  readonly validationErrors?: readonly string[];
  readonly failureReason?: string;
}

const terminal = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);

async function veleroOutcome(name: string, status: Status, store: ObjectStore): Promise<Taken> {
  const { phase = '', validationErrors = [], failureReason = '' } = status;
  const isStored = phase === 'Completed' || phase === 'PartiallyFailed';
  const items = isStored ? await contentsOf(store, name) : new Map<string, KubeObject>();
  return { phase, refusal: [...validationErrors, failureReason].join('; '), items };
}

/** Makes the Backups by Hozon, and resolves with what came of them. */
export async function takenByHozon(cases: Cases, setting: Setting): Promise<Outcomes> {
  const taken = new Map<string, Taken>();
  for (const name of Object.keys(cases)) taken.set(name, await hozonOutcome(name, cases, setting));
  return taken;
}

async function hozonOutcome(name: string, cases: Cases, { client, velero, stores }: Setting): Promise<Taken> {
  try {
    const { backup } = await createBackup(backupOf(name, cases), {
      api: client,
      store: stores.hozon,
      locationName: velero.location,
      identity: await readRunIdentity(),
      clock: systemClock,
      veleroNamespace: velero.namespace,
    });
    const items = await contentsOf(stores.hozon, name);
    return { phase: backup.status?.phase ?? '', refusal: '', items };
  } catch (thrown) {
    if (!isHozonError(thrown, 'backup.invalid')) throw thrown;
    return { phase: 'FailedValidation', refusal: thrown.explain('en'), items: new Map() };
  }
}

function backupOf(name: string, cases: Cases, namespace?: string) {
  const { spec, policy } = cases[name] ?? { spec: {} };
  const resourcePolicy = policy === undefined ? {} : { resourcePolicy: { kind: 'ConfigMap', name } };
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name, ...(namespace && { namespace }) },
    spec: { ...spec, ...resourcePolicy } satisfies BackupSpec,
  } as const;
}
