import { formatGoDuration } from '#foundation/duration.ts';
import type { Message } from '#foundation/language.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { isDirectory } from '#repository/kopia/access/keeping.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import { longestDuration } from '#repository/kopia/format/parameter-rules.ts';
import type { BlobConfig } from '#repository/kopia/format/repository-format.ts';
import { type InitVeleroOptions, initVeleroRepository } from '#repository/kopia/velero/init.ts';
import { cannotLock } from '#storage/extend-retention.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { cliErrors } from '../../../errors.ts';
import { description } from '../../../output/outcome.ts';
import { askNewPassword } from '../../../repository/password.ts';
import { placeOf } from '../../../repository/place.ts';
import { type FlagValues, type Handler, longName } from '../../../spec.ts';
import { refuseRepository } from '../detect.ts';
import { storeOf } from '../open.ts';
import { newPassword } from '../password.ts';
import type { init } from '../specs/init.ts';
import { identityOf } from './identity.ts';

type Flags = FlagValues<(typeof init)['flags']>;

export const run: Handler<typeof init> = async ({ flags }, context) => {
  const { clock, signal } = context;
  const store = await storeOf(flags, context);
  await refuseRepository(store, 'restic', context);
  const password = await newPassword(flags, 'kopia', { context, ask: askNewPassword });
  const place = await placeOf(flags, context);
  const owner = ownerOf(flags.owner) ?? identityOf(place);
  const retention = retentionOf(flags, store);
  const made =
    place.veleroNamespace === undefined
      ? await initKopia(store, { ...choicesOf(flags), retention, password, owner, clock, signal })
      : await initForVelero(store, flags, { password, clock, signal });
  const id = made.uniqueId.toString('hex');
  const { format } = made;
  return description({
    data: {
      format: 'kopia',
      id,
      version: format.version,
      url: store.url,
      hash: format.hash,
      encryption: format.encryption,
      splitter: format.splitter,
      owner,
    },
    name: id,
    text: text(id.slice(0, 8), store.url, owner),
  });
};

function choicesOf({ hash, encryption, splitter, formatVersion }: Flags) {
  const version = formatVersion === undefined ? undefined : Number(formatVersion);
  return { hash, encryption, splitter, version };
}

/** Velero leaves no choice. @throws `cli.conflicting-flags` */
function initForVelero(store: ObjectStore, flags: Flags, options: InitVeleroOptions): Promise<OpenKopia> {
  const locks = ['retentionMode', 'retentionPeriod'] as const;
  const choices = ['hash', 'encryption', 'splitter', 'formatVersion', 'owner', ...locks] as const;
  const [given] = choices.filter(key => flags[key] !== undefined);
  if (given === undefined) return initVeleroRepository(store, options);
  throw cliErrors.raise['conflicting-flags']({ flags: ['--repo velero:…', `--${longName(given)}`] });
}

/** @throws `cli.bad-value` for what is no USER@HOST */
function ownerOf(given: string | undefined): string | undefined {
  if (given === undefined || /^[^@\s]+@[^@\s]+$/.test(given)) return given;
  throw cliErrors.raise['bad-value']({ flag: '--owner', given, expected: 'USER@HOST' });
}

/** kopia's least period, and the longest that can be read again; in milliseconds. */
const leastPeriod = 86_400_000;
const longestPeriod = Number(longestDuration / 1_000_000n);

/** @throws `cli.missing-flag`, `cli.bad-value`, and `storage.unsupported` for a directory */
function retentionOf(
  { retentionMode: mode, retentionPeriod: period }: Flags,
  store: ObjectStore,
): BlobConfig | undefined {
  if (mode === undefined && period === undefined) return undefined;
  if (mode === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--retention-mode'] });
  if (period === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--retention-period'] });
  if (period < leastPeriod || period > longestPeriod) {
    const given = formatGoDuration(period);
    const expected = period < leastPeriod ? '≥ 24h' : `≤ ${longestPeriod / 3_600_000}h`;
    throw cliErrors.raise['bad-value']({ flag: '--retention-period', given, expected });
  }
  if (isDirectory(store)) throw cannotLock(store);
  return { retentionMode: mode.toUpperCase(), retentionPeriod: BigInt(Math.round(period)) * 1_000_000n };
}

function text(id: string, url: string, owner: string): Message {
  return {
    en: () => `Made the kopia repository ${id} in ${url}. Its maintenance is up to ${owner}.`,
    ja: () => `${url} に kopia リポジトリー ${id} を作成しました。メンテナンスは ${owner} が担当します。`,
  };
}
