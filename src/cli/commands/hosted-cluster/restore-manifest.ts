import { isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { HostedCluster, HostedClusterKey } from '#hosted-clusters/hosted-cluster.ts';
import type { EncryptionSecret } from '#hosted-clusters/key/match.ts';
import { type ManifestText, readManifestText } from '#hosted-clusters/manifest/documents.ts';
import { type RestoreFinding, warning } from '#hosted-clusters/manifest/finding.ts';
import { manifestOf } from '#hosted-clusters/manifest/from-cluster.ts';
import { type PreparedRestore, prepareRestore } from '#hosted-clusters/manifest/prepare.ts';
import { clusterIn, type WantedCluster } from '#hosted-clusters/manifest/snapshot-url.ts';
import { findObstacles } from '#hosted-clusters/manifest/surroundings.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { byteStream, type Outcome } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import type { FlagValues, Handler } from '../../spec.ts';
import { readInput } from '../../velero/input-file.ts';
import { saveFile } from '../../velero/save-file.ts';
import { keyOfSecret, readKeys } from './keys.ts';
import { hostedClusterKey } from './names.ts';
import type { restoreManifest } from './restore-manifest-spec.ts';
import { findingNotes, preparedView } from './restore-manifest-view.ts';
import { authorities, checkUrlFlags, snapshotUrl } from './snapshot-url.ts';

type RestoreFlags = FlagValues<(typeof restoreManifest)['flags']>;

export const run: Handler<typeof restoreManifest> = async ({ args: [given], flags }, context) => {
  checkFlags(flags);
  const wanted = given === undefined ? undefined : hostedClusterKey(given);
  const { clock, env, progress, signal } = context;
  const manifest = await readManifest(flags, wanted, context);
  const { cluster } = clusterIn(manifest, inFile(given, wanted));
  const { snapshot: file, withKey = false } = flags;
  const keys = await keysFor(flags, cluster, context);
  const from = await snapshotUrl(flags, cluster.key.name, context);
  const snapshot = file === undefined ? undefined : expandHome(file, env);
  const request = { manifest, wanted: inFile(given, wanted), url: from.url, snapshot, keys, withKey };
  const ca = await authorities(flags, from, context);
  const prepared = await prepareRestore(request, { now: clock.now(), ca, signal, progress });
  const findings = [...prepared.findings, ...(await obstacles(flags, prepared, context))];
  return shown(flags, { ...prepared, findings }, context);
};

/** In a file a NAME is of whatever namespace the file says. */
function inFile(given = '', wanted: HostedClusterKey | undefined): WantedCluster | undefined {
  return given.includes('/') || wanted === undefined ? wanted : { name: wanted.name };
}

function checkFlags(flags: RestoreFlags): void {
  checkUrlFlags(flags);
  const fromStdin = [flags.file, flags.urlFile, ...(flags.keyFile ?? [])].filter(each => each === '-');
  if (fromStdin.length > 1)
    throw cliErrors.raise['conflicting-flags']({ flags: ['--file -', '--url-file -', '--key-file -'] });
}

/** The keys of `--with-key` are those that the management cluster has, unless others are given. */
async function keysFor(
  flags: RestoreFlags,
  { key: { namespace }, secretEncryption }: HostedCluster,
  context: Context,
): Promise<readonly EncryptionSecret[]> {
  const { activeKey, backupKey } = secretEncryption ?? {};
  const isGiven = (flags.keyFile ?? flags.secret) !== undefined;
  if (isGiven || flags.withKey !== true) return readKeys(flags, context);
  const keys: EncryptionSecret[] = [];
  for (const name of [activeKey, backupKey])
    if (name !== undefined) keys.push(await keyOfSecret({ namespace, name }, context));
  return keys;
}

async function readManifest(
  { file }: RestoreFlags,
  wanted: HostedClusterKey | undefined,
  context: Context,
): Promise<ManifestText> {
  if (file !== undefined) {
    const path = file === '-' ? '-' : expandHome(file, context.env);
    return readManifestText(await readInput(path, context), file === '-' ? 'stdin' : path);
  }
  if (wanted === undefined) throw cliErrors.raise['missing-flag']({ flags: ['NAME', '--file'] });
  return manifestOf(await context.cluster(), wanted, { signal: context.signal });
}

/** A management cluster that cannot be asked is no reason against a manifest, but it is said. */
async function obstacles(
  { offline, file }: RestoreFlags,
  prepared: PreparedRestore,
  context: Context,
): Promise<RestoreFinding[]> {
  const { signal } = context;
  if (offline === true) return findObstacles(undefined, prepared, { signal });
  try {
    return await findObstacles(await context.cluster(), prepared, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    if (!isHozonError(thrown) || file === undefined) throw thrown;
    const why = reasonOf(thrown);
    const text = say(
      `the management cluster was not looked at, so leftovers of the old cluster would not be noticed: ${why.en()}`,
      `管理クラスターを確認できないため、古いクラスターの残存物は確認していません: ${why.ja()}`,
    );
    return [warning('not-looked', text), ...(await findObstacles(undefined, prepared, { signal }))];
  }
}

async function shown(
  { outputFile }: RestoreFlags,
  prepared: PreparedRestore,
  { env, language }: Context,
): Promise<Outcome> {
  const { findings, manifest } = prepared;
  const isDoubtful = findings.some(({ severity }) => severity === 'warning');
  const exit = isDoubtful ? ({ exit: 'partial' } as const) : {};
  const bytes = once(Buffer.from(manifest.text));
  if (outputFile === undefined) return byteStream(bytes, { ...exit, notes: findingNotes(findings) });
  const path = expandHome(outputFile, env);
  await saveFile(path, async () => bytes, { replace: false });
  return { ...preparedView(prepared, path, language), ...exit };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
