import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { raise as raiseSteps } from '#steps/errors.ts';
import type { HeldJournal, Journal, JournalRecord } from '#steps/journal.ts';
import { configMapType } from '../hosted-cluster.ts';
import { HeldLock } from './held-lock.ts';
import { type Holder, livenessOf, nameOfHolder, thisHolder } from './holder.ts';
import {
  type LockedCluster,
  type LockState,
  lockKey,
  lockObject,
  nameOfCluster,
  readLock,
} from './lock-object.ts';

export interface ConfigMapJournalOptions {
  readonly api: Pick<KubeApi, 'create' | 'delete' | 'get' | 'replace'>;
  readonly cluster: LockedCluster;
  readonly clock: Clock;
  /** Told that a holder on another machine gives no sign, before it is waited for. Milliseconds. */
  readonly onWaiting?: ((who: string, milliseconds: number) => void) | undefined;
  /** Told that a journal is of an earlier cluster of the same name: it counts as none. */
  readonly onForeign?: ((uid: string) => void) | undefined;
  /** How often the lock says that its holder lives, and how long it may be silent. Milliseconds; 5000 and 30000 unless told. */
  readonly renewMs?: number | undefined;
  readonly silenceMs?: number | undefined;
}

/**
 * A journal in the management cluster: a ConfigMap beside the HostedCluster, which any machine can read. It is also the lock: its holder
 * renews it. A holder on this machine is known to be dead or alive; one elsewhere counts as dead when the lock does not change
 * while it is watched, so nobody's clock matters.
 */
export function configMapJournal(options: ConfigMapJournalOptions): Journal {
  return {
    async load(signal): Promise<JournalRecord | undefined> {
      const found = await read(options, signal);
      return found && recordIn(options, readLock(found));
    },
    claim: signal => claim(options, signal),
  };
}

/** How often a claim is tried again that others were faster with. */
const attempts = 5;

async function claim(
  options: ConfigMapJournalOptions,
  signal: AbortSignal | undefined,
): Promise<HeldJournal> {
  for (let attempt = 1; ; attempt++) {
    const found = await read(options, signal);
    const state = found && readLock(found);
    if (found !== undefined && state?.holder !== undefined) {
      await requireDead(options, { found, state, holder: state.holder }, signal);
    }
    const taken = await take(options, found, state && recordIn(options, state));
    if (taken !== undefined) return taken;
    if (attempt === attempts)
      throw raiseSteps['lock-lost']({ what: nameOfCluster(options.cluster), reason: faster });
  }
}

/** What a cluster of the same name left that is gone says nothing of this one. */
function recordIn(
  { cluster, onForeign }: ConfigMapJournalOptions,
  state: LockState,
): JournalRecord | undefined {
  const { record, clusterUid } = state;
  if (record === undefined || clusterUid === '' || clusterUid === cluster.uid) return record;
  onForeign?.(clusterUid);
  return undefined;
}

const faster = say('others keep changing it at the same time', 'ほかの処理が同時に変更し続けています');

/** `undefined` where somebody else was faster. */
async function take(
  { api, cluster, clock, renewMs = 5000 }: ConfigMapJournalOptions,
  found: KubeObject | undefined,
  record: JournalRecord | undefined,
): Promise<HeldJournal | undefined> {
  const now = clock.now();
  const state: LockState = {
    holder: await thisHolder(now),
    renewed: now.toISOString(),
    record,
    clusterUid: cluster.uid,
  };
  try {
    const object = lockObject(cluster, state, found?.metadata.resourceVersion);
    const kept = await (found === undefined
      ? api.create(configMapType, object)
      : api.replace(configMapType, object));
    return new HeldLock({ api, cluster, clock, renewMs }, state, kept);
  } catch (thrown) {
    const lost = ['kube.already-exists', 'kube.conflict', 'kube.not-found'];
    if (lost.some(code => isHozonError(thrown, code))) return undefined;
    throw thrown;
  }
}

interface Rival {
  readonly found: KubeObject;
  readonly state: LockState;
  readonly holder: Holder;
}

/** @throws `steps.locked` */
async function requireDead(
  options: ConfigMapJournalOptions,
  { found, state, holder }: Rival,
  signal: AbortSignal | undefined,
): Promise<void> {
  const liveness = await livenessOf(holder);
  if (liveness === 'dead') return;
  if (liveness === 'alive') throw lockedBy(options, holder);
  const { clock, silenceMs = 30_000, renewMs = 5000, onWaiting } = options;
  onWaiting?.(nameOfHolder(holder), silenceMs);
  const until = clock.monotonic() + silenceMs;
  while (clock.monotonic() < until) {
    await clock.sleep(Math.min(renewMs, silenceMs), signal);
    const now = await read(options, signal);
    if (now === undefined || now.metadata.uid !== found.metadata.uid) return;
    const { holder: current, renewed } = readLock(now);
    if (current === undefined) return;
    if (renewed !== state.renewed) throw lockedBy(options, current); // by another one, perhaps, who was faster
  }
}

function lockedBy({ cluster }: ConfigMapJournalOptions, holder: Holder): Error {
  const who = nameOfHolder(holder);
  return raiseSteps.locked({ what: nameOfCluster(cluster), who, since: holder.since });
}

function read(
  { api, cluster }: ConfigMapJournalOptions,
  signal: AbortSignal | undefined,
): Promise<KubeObject | undefined> {
  return api.get(configMapType, lockKey(cluster.key), { signal });
}
