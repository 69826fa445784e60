import { say } from '#foundation/language.ts';
import { fieldsAt } from '#kube/fields.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import { type Json, proven, type Step, type StepRun, unproven } from '#steps/step.ts';
import { raise } from '../errors.ts';
import { raise as raiseKey } from '../key/errors.ts';
import { explainMatch, opensEverything } from '../key/explain-match.ts';
import { type EncryptionSecret, matchKey } from '../key/match.ts';
import { keyInSecret } from '../key/read-key.ts';
import { spooledFile } from './capture.ts';
import { chosenCapture, objectKeyOf } from './shipping.ts';
import { fileNameOf, type SnapshotWork } from './work.ts';

/**
 * The keys that the HostedCluster names, out of their Secrets: the active one, and the one before where there is one. None where it
 * encrypts nothing, or by a KMS.
 *
 * @throws `hosted-key.secret-missing`, `hosted-key.unreadable`
 */
export async function readKeys(
  work: Pick<SnapshotWork, 'api' | 'cluster'>,
  run: Pick<StepRun, 'signal'>,
): Promise<readonly EncryptionSecret[]> {
  return (await readKeySecrets(work, run)).map(({ name, bytes }) => ({ name, bytes }));
}

interface KeySecret extends EncryptionSecret {
  readonly secret: KubeObject;
}

async function readKeySecrets(
  work: Pick<SnapshotWork, 'api' | 'cluster'>,
  { signal }: Pick<StepRun, 'signal'>,
): Promise<readonly KeySecret[]> {
  const { namespace } = work.cluster.key;
  const keys: KeySecret[] = [];
  for (const name of keyNames(work)) {
    const secret = await work.api.get(secretType, { namespace, name }, { signal });
    const source = formatKey({ namespace, name });
    if (secret === undefined) throw raiseKey['secret-missing']({ secret: source });
    keys.push({ name, secret, bytes: keyInSecret({ ...secret, kind: 'Secret' }, source) });
  }
  return keys;
}

/** Whether a restored cluster could read its Secrets with these keys. */
export function matchStep(work: SnapshotWork): Step {
  const names = keyNames(work).join(', ');
  return {
    id: 'match-key',
    title: say(
      `Decrypt every encrypted value of the snapshot with the saved key (${names})`,
      `保存するキー (${names}) でスナップショットの暗号化された値をすべて復号して照合`,
    ),
    command: matchCommand(work),
    onlyLooks: true,
    act: run => match(work, run),
    prove: async (_, { result }) =>
      result === undefined ? unproven(say('it was not matched', '未照合です')) : proven,
  };
}

function matchCommand(work: SnapshotWork): string {
  const { namespace } = work.cluster.key;
  const secrets = keyNames(work).map(name => ` --secret ${namespace}/${name}`);
  return `hozon hosted-cluster match-key ${fileNameOf(work.cluster)}${secrets.join('')}`;
}

async function match(work: SnapshotWork, run: StepRun): Promise<Json> {
  const { progress } = work;
  const { signal } = run;
  const file = spooledFile(work, run, chosenCapture(run)?.pod ?? '');
  const found = await matchKey(file, await readKeys(work, run), { progress, signal });
  if (!opensEverything(found)) throw raise['key-differs']({ reason: explainMatch(found) });
  const values = found.groups.reduce((sum, group) => sum + group.values, 0);
  return { verdict: found.verdict, values, keys: found.keys.map(({ name }) => name) };
}

/** Keeps the key where whoever can read the snapshot cannot. */
export function storeKeyStep(work: SnapshotWork, sink: NonNullable<SnapshotWork['keySink']>): Step {
  const names = keyNames(work).join(', ');
  return {
    id: 'store-key',
    title: say(
      `Store the key Secret (${names}) in the repository ${sink.url}`,
      `キーの Secret (${names}) をリポジトリー ${sink.url} に保存`,
    ),
    command: `oc get secret -n ${work.cluster.key.namespace} ${keyNames(work).join(' ')} -o json | hozon repo snapshot …`,
    async act(run) {
      const content = await keyDocument(work, run);
      const name = `${work.cluster.key.name}-etcd-encryption-key.json`;
      const bytes = (async function* () {
        yield content;
      })();
      const stored = await sink.store({ name, bytes }, { signal: run.signal });
      return { place: stored.place };
    },
    prove: async (_, { result }) =>
      result === undefined ? unproven(say('it was not stored', '未保存です')) : proven,
  };
}

/** The names of the Secrets. */
export function keyNames({ cluster: { secretEncryption } }: Pick<SnapshotWork, 'cluster'>): string[] {
  return [secretEncryption?.activeKey, secretEncryption?.backupKey].filter(name => name !== undefined);
}

/**
 * A list that can be applied, with a mark of what it belongs to. It is never in the journal.
 *
 * @throws `hosted-key.secret-missing`, `hosted-key.unreadable`
 */
export async function keyDocument(
  work: SnapshotWork,
  run: Pick<StepRun, 'signal' | 'resultOf'>,
): Promise<Uint8Array> {
  const { namespace } = work.cluster.key;
  const items: Json[] = [];
  for (const { name, secret } of await readKeySecrets(work, run)) {
    const data = fieldsAt(secret, 'data');
    const annotations = { 'hozon.dev/snapshot': objectKeyOf(work, run) };
    const metadata = { name, namespace, annotations };
    items.push({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: data as Json });
  }
  return Buffer.from(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`);
}
