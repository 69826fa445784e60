import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { systemClock } from '#foundation/clock.ts';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import { formatTime } from '#repository/format/go-time.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { saveDocument } from '#repository/restic/access/save.ts';
import { writeSnapshot } from '#repository/restic/format/snapshot.ts';
import { type ForgetRequest, planForget } from '#repository/restic/retention/plan-forget.ts';
import { defaultGroupBy, parseGroupBy } from '#repository/retention/grouping.ts';
import { localZone } from '#repository/retention/moment.ts';
import { countRules, type KeepPolicy, unlimited, withinRules } from '#repository/retention/policy.ts';
import { reasonText } from '#repository/retention/reason-text.ts';
import { formatSpan } from '#repository/retention/span.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { quicken } from './quick-repository.ts';

const writing = { identity: ownIdentity(), clock: systemClock };
const hosts = Array.from({ length: 24 }, (_, at) => `host-${at}`);
/** Each asks restic once. */
const numRuns = 40;
const zoneHere = 'Europe/Berlin';

let directory: string;
let repository: OpenRepository;
let restic: Restic;
const timeZoneBefore = process.env['TZ'];
before(async () => {
  process.env['TZ'] = zoneHere;
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-retention-'));
  const store = new FilesystemStore(join(directory, 'repository'));
  repository = await initRestic(store, { password: Buffer.from('secret'), ...writing });
  await quicken(store, 'secret');
  restic = await stockRestic({
    repository: join(directory, 'repository'),
    password: 'secret',
    version: 'new',
    env: { TZ: zoneHere },
  });
  const [histories] = fc.sample(fc.tuple(...hosts.map(historyOf)), 1);
  await forEachConcurrent((histories ?? []).flat(), 8, async document => {
    await saveDocument(repository, 'snapshots', writeSnapshot(document));
  });
});
after(async () => {
  if (timeZoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = timeZoneBefore;
  await restic[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const hour = 3_600_000;

/** Snapshots of a host: dense or sparse, some in the future, in the zone of this place or in another. */
function historyOf(hostname: string) {
  const gaps = fc.oneof(
    fc.integer({ min: 1, max: hour }),
    fc.integer({ min: 1, max: 30 * hour }),
    fc.integer({ min: 1, max: 60 * 24 * hour }),
  );
  const details = fc.record({
    gap: gaps,
    nanoseconds: fc.nat({ max: 999_999 }),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c, d'), { maxLength: 3 }),
    paths: fc.constantFrom(['/data'], ['/data', '/b'], ['/b', '/data'], []),
    zone: fc.constantFrom('here', 'here', -690, 0, 330),
  });
  const newest = fc.integer({ min: -40 * 24 * hour, max: 20 * 24 * hour });
  return fc
    .tuple(newest, fc.array(details, { minLength: 5, maxLength: 30, size: 'max' }))
    .map(([from, each]) => {
      const now = Date.now();
      let at = now + from;
      return each.flatMap(({ gap, nanoseconds, tags, paths, zone }) => {
        at -= gap;
        if (at > now && at < now + hour) return []; // restic and we would look at it at different times
        const minutesEast = zone === 'here' ? localZone(at) : Number(zone);
        const time = formatTime(BigInt(at) * 1_000_000n + BigInt(nanoseconds), minutesEast);
        return {
          time,
          tree: randomBytes(32).toString('hex'),
          paths,
          hostname,
          ...(tags.length > 0 ? { tags } : {}),
        };
      });
    });
}

const span = fc
  .record({
    years: fc.nat({ max: 2 }),
    months: fc.nat({ max: 14 }),
    days: fc.nat({ max: 40 }),
    hours: fc.nat({ max: 50 }),
  })
  .filter(each => Object.values(each).some(part => part > 0));
const count = fc.oneof(
  { weight: 9, arbitrary: fc.nat({ max: 12 }) },
  { weight: 1, arbitrary: fc.constant(unlimited) },
);
const someTags = fc.constantFrom(['a'], ['a', 'b'], ['']);
const policies: fc.Arbitrary<KeepPolicy> = fc.record({
  counts: fc.dictionary(fc.constantFrom(...countRules), count, { minKeys: 1, maxKeys: 3 }),
  within: fc.dictionary(fc.constantFrom(...withinRules), span, { maxKeys: 2 }),
  tags: fc.array(someTags, { maxLength: 2 }),
});
const requests: fc.Arbitrary<ForgetRequest> = fc.record({
  ids: fc.constant([]),
  policy: policies,
  groupBy: fc
    .constantFrom('host,paths', 'host', 'host,tags', 'tag', '')
    .map(text => parseGroupBy(text) ?? defaultGroupBy),
  filter: fc.record(
    {
      hosts: fc.uniqueArray(fc.constantFrom(...hosts), { minLength: 1, maxLength: 12 }),
      tags: fc.array(someTags, { minLength: 1, maxLength: 2 }),
      paths: fc.constantFrom(['/data'], ['/b', '/data']),
    },
    { requiredKeys: [] },
  ),
});

function flagsOf({ policy, groupBy, filter }: ForgetRequest): string[] {
  const { counts, within, tags } = policy;
  const by = Object.entries(groupBy).flatMap(([name, on]) => (on ? [name] : []));
  return [
    ...Object.entries(counts).map(([rule, n]) => `--keep-${rule}=${n === unlimited ? 'unlimited' : n}`),
    ...Object.entries(within).map(
      ([rule, each]) => `--keep-within${rule === 'all' ? '' : `-${rule}`}=${formatSpan(each)}`,
    ),
    ...tags.map(list => `--keep-tag=${list.join(',')}`),
    `--group-by=${by.join(',')}`,
    ...(filter.hosts ?? []).map(host => `--host=${host}`),
    ...(filter.tags ?? []).map(list => `--tag=${list.join(',')}`),
    ...(filter.paths ?? []).map(path => `--path=${path}`),
  ];
}

interface Theirs {
  readonly tags: readonly string[] | null;
  readonly host: string;
  readonly paths: readonly string[] | null;
  readonly keep: readonly { readonly id: string }[] | null;
  readonly remove: readonly { readonly id: string }[] | null;
  readonly reasons:
    | readonly { readonly snapshot: { readonly id: string }; readonly matches: string[] }[]
    | null;
}

async function theirs(request: ForgetRequest): Promise<unknown> {
  const command = ['forget', '--dry-run', '--no-lock', '--json', ...flagsOf(request)];
  const { exitCode, stdout, stderr } = await restic.end(command);
  if (exitCode !== 0)
    return /refusing to delete last snapshot|no policy was specified/.exec(stderr)?.[0] ?? stderr;
  const groups = (stdout.trim() === '' ? [] : JSON.parse(stdout)) as Theirs[];
  return sorted(
    groups.map(group => ({
      key: { host: group.host, paths: group.paths ?? [], tags: group.tags ?? [] },
      keep: (group.keep ?? []).map(({ id }) => id),
      remove: (group.remove ?? []).map(({ id }) => id),
      reasons: (group.reasons ?? []).map(({ snapshot, matches }) => [snapshot.id, matches]),
    })),
  );
}

async function ours(request: ForgetRequest): Promise<unknown> {
  try {
    const now = BigInt(Date.now()) * 1_000_000n;
    const groups = await planForget(repository, request, { now, zone: localZone });
    return sorted(
      groups.map(({ key, keep, remove }) => ({
        key,
        keep: keep.map(({ snapshot }) => snapshot.id),
        remove: remove.map(({ id }) => id),
        reasons: keep.map(({ snapshot, reasons }) => [snapshot.id, reasons.map(reasonText)]),
      })),
    );
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.would-keep-nothing')) return 'refusing to delete last snapshot';
    if (isHozonError(thrown, 'repository.no-policy')) return 'no policy was specified';
    throw thrown;
  }
}

function sorted<T extends { readonly key: object }>(groups: readonly T[]): readonly T[] {
  const name = ({ key }: T): string => JSON.stringify(key);
  return groups.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}

test('a policy selects exactly what restic selects, for the same reasons', async () => {
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(requests, async request => {
      const selected = await theirs(request);
      assert.deepEqual(await ours(request), selected);
      if (JSON.stringify(selected).includes('"remove":["')) judged++;
    }),
    { numRuns, endOnFailure: true },
  );
  assert.ok(judged > numRuns / 10, `${judged} of ${numRuns} removed something`);
});
