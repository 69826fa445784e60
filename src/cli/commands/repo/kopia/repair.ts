import type { Message } from '#foundation/language.ts';
import type { KopiaIdentity } from '#repository/kopia/access/identity.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { type GivenUp, giveUpPacks } from '#repository/kopia/upkeep/give-up-packs.ts';
import { type RecoveredIndex, recoverIndex } from '#repository/kopia/upkeep/recover-index.ts';
import { type RepairedSnapshot, repairKopiaSnapshots } from '#repository/kopia/upkeep/repair-snapshots.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { type Column, description, type Field, listing, type Outcome } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { shortId } from '../forget-view.ts';
import type { repair } from '../specs/upkeep.ts';
import { undeletedData, undeletedNotes } from '../undeleted.ts';
import { openKopiaRepository } from './open.ts';
import { identityIn } from './who.ts';

type Input = Parameters<Handler<typeof repair>>[0];

interface Work {
  readonly repository: OpenKopia;
  readonly identity: KopiaIdentity;
  readonly ids: readonly string[];
  readonly flags: Input['flags'];
  readonly context: Context;
}

export const run: Handler<typeof repair> = async ({ args, flags }, context) => {
  const [what = '', ...ids] = args;
  refuseUnfitting(what, ids, flags);
  const repository = await openKopiaRepository({ ...flags, cache: false }, context);
  const work = { repository, identity: await identityIn(flags, context), ids, flags, context };
  if (what === 'index') return index(work);
  return what === 'packs' ? packs(work) : snapshots(work);
};

function refuseUnfitting(what: string, ids: readonly string[], flags: Input['flags']): void {
  const conflict = (other: string) => cliErrors.raise['conflicting-flags']({ flags: [what, other] });
  if (what !== 'index' && flags.readAllPacks === true) throw conflict('--read-all-packs');
  if (what !== 'snapshots' && flags.forget === true) throw conflict('--forget');
  if (what !== 'snapshots' && flags.replacement !== undefined) throw conflict('--replacement');
  if (what !== 'snapshots' && flags.unsafeAllowVelero === true) throw conflict('--unsafe-allow-velero');
  if (what === 'index' && ids.length > 0) throw conflict('IDS');
  if (what === 'packs') refuseNoPacks(ids);
}

function refuseNoPacks(ids: readonly string[]): void {
  if (ids.length === 0) {
    throw cliErrors.raise['missing-argument']({ argument: 'IDS', help: 'hozon repo repair --help' });
  }
  for (const given of ids) {
    if (!/^[pq][0-9a-f]{32}/.test(given)) {
      throw cliErrors.raise['bad-value']({ flag: 'IDS', given, expected: 'p… | q…' });
    }
  }
}

async function index({ repository, identity, flags, context }: Work): Promise<Outcome> {
  const { progress, clock, signal } = context;
  const { readAllPacks, dryRun = false } = flags;
  const options = { identity, readAllPacks, dryRun, progress, clock, signal };
  return indexOutcome(await recoverIndex(repository, options), dryRun);
}

function indexOutcome(found: RecoveredIndex, dryRun: boolean): Outcome {
  const { packs, contents, damaged, unreadable, undeleted } = found;
  const counts: readonly (readonly [Message, number, (readonly string[])?])[] = [
    [say('Packs read', '読み取ったパック'), packs],
    [say('Contents described anew', '記載し直したコンテンツ'), contents],
    [say('Damaged indexes', '破損したインデックス'), damaged.length, damaged],
    [say('Unreadable packs left out', '除外した読み取り不能なパック'), unreadable.length, unreadable],
  ];
  const fields = counts.map(
    ([label, value, lines]): Field => ({
      label,
      value: String(value),
      ...(lines === undefined || lines.length === 0 ? {} : { lines }),
    }),
  );
  const nothing = contents === 0 && damaged.length === 0 && unreadable.length === 0;
  return description({
    data: { dryRun, ...found, undeleted: undeletedData(undeleted) },
    name: [...damaged, ...unreadable].join('\n'),
    text: nothing
      ? say('The indexes describe the packs as they are.', 'インデックスは既存のパックと一致しています。')
      : fields,
    ...(undeleted.length === 0 ? {} : { notes: [...undeletedNotes(undeleted), stillRead], exit: 'partial' }),
  });
}

const stillRead = say(
  'Until they are gone, most commands fail on them: let them be deleted, and run `hozon repo repair index` again.',
  '残っている間は、ほとんどのコマンドが失敗します。削除を許可してから、もう一度 `hozon repo repair index` を実行してください。',
);

async function packs({ repository, identity, ids, flags, context }: Work): Promise<Outcome> {
  const { progress, clock, signal } = context;
  const { dryRun = false } = flags;
  const given = await giveUpPacks(repository, ids, { identity, dryRun, progress, clock, signal });
  return packsOutcome(given, dryRun);
}

function packsOutcome({ packs, saved, lost, undeleted }: GivenUp, dryRun: boolean): Outcome {
  const next = say(
    'Next: `hozon repo repair snapshots` makes snapshots without what is lost.',
    '次に `hozon repo repair snapshots` を実行すると、失われた部分を除いたスナップショットが作成されます。',
  );
  return description({
    data: { dryRun, packs, saved, lost, undeleted: undeletedData(undeleted) },
    name: packs.join('\n'),
    text: [
      { label: say('Packs given up', '取り除くパック'), value: String(packs.length), lines: packs },
      { label: say('Contents saved', '救出したコンテンツ'), value: String(saved) },
      { label: say('Contents lost', '失われたコンテンツ'), value: String(lost.length), lines: lost },
    ],
    notes: [...undeletedNotes(undeleted), ...(lost.length === 0 ? [] : [next])],
    ...(undeleted.length === 0 ? {} : { exit: 'partial' as const }),
  });
}

async function snapshots({ repository, identity, ids, flags, context }: Work): Promise<Outcome> {
  const { clock, signal } = context;
  const { dryRun, forget, replacement, unsafeAllowVelero: allowVelero } = flags;
  const snapshots = ids.length === 0 ? undefined : await wholeIds(repository, ids, signal);
  const options = { identity, snapshots, replacement, forget, allowVelero, dryRun, clock, signal };
  return listing<RepairedSnapshot>({
    items: await repairKopiaSnapshots(repository, options),
    columns,
    name: ({ before, after }) => after ?? before,
    empty: say('Nothing of any snapshot is lost.', '失われた部分のあるスナップショットはありません。'),
  });
}

async function wholeIds(
  repository: OpenKopia,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const indexed = await loadContents(repository, { signal });
  return Promise.all(wanted.map(async id => (await findKopiaSnapshot(indexed, id, { signal })).id));
}

const columns: readonly Column<RepairedSnapshot>[] = [
  { header: say('SNAPSHOT', 'スナップショット'), cell: ({ before }) => shortId(before) },
  {
    header: say('REPAIRED', '修復後'),
    cell: ({ after }) => (after === undefined ? { text: '-', tone: 'dim' } : shortId(after)),
  },
  { header: say('LOST', '失われたもの'), cell: ({ lost }) => lostText(lost) },
];

function lostText([first = '', ...others]: readonly string[]): string | Message {
  if (others.length === 0) return first;
  return say(`${first} and ${others.length} more`, `${first} 他 ${others.length} 件`);
}
