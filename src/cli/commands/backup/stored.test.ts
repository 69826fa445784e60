import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { CapturedStream, type RunOptions, runHere } from '../../testing.ts';
import { type StoredLocation, storedLocation } from '../../velero/testing/stored-location.ts';

type Run = (...words: string[]) => ReturnType<typeof runHere>;

/** A location as Velero leaves it, and Hozon on it. The clock stands at 2026-01-02T03:04:05Z. */
async function scene(t: TestContext, options: RunOptions = {}): Promise<{ at: StoredLocation; hozon: Run }> {
  const at = await storedLocation(t);
  const hozon: Run = (...words) =>
    runHere(['backup', ...words, '--location', at.url], { env: { HOME: at.directory }, ...options });
  return { at, hozon };
}

async function several(t: TestContext): Promise<{ at: StoredLocation; hozon: Run }> {
  const made = await scene(t);
  await made.at.putBackup('daily', { labels: { team: 'shop' } });
  await made.at.putBackup('old', { status: { expiration: '2026-01-02T00:00:00Z' } });
  await made.at.putBackup('partial', {
    labels: { team: 'blog' },
    spec: { labelSelector: { matchLabels: { app: 'web' } } },
    status: { phase: 'PartiallyFailed', errors: 2, warnings: 1 },
  });
  await made.at.put('backups/broken/velero-backup.json', '{"kind":');
  return made;
}

test('backups are listed as Velero lists them', async t => {
  const { hozon } = await several(t);
  const { code, out, err } = await hozon('get');
  assert.equal(code, 0);
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map(line => line.split(/ {2,}/)),
    [
      ['NAME', 'STATUS', 'ERRORS', 'WARNINGS', 'CREATED', 'EXPIRES', 'STORAGE LOCATION', 'SELECTOR'],
      ['broken', 'Unreadable', '-', '-', '-', '-', '-', '-'],
      ['daily', 'Completed', '0', '0', '24h ago', 'in 29d', 'default', '<none>'],
      ['old', 'Completed', '0', '0', '24h ago', 'expired', 'default', '<none>'],
      ['partial', 'PartiallyFailed', '2', '1', '24h ago', 'in 29d', 'default', 'app=web'],
    ],
  );
  assert.match(err, /^Note: broken cannot be read: /);
});

test('a listing speaks Japanese, JSON, YAML and names', async t => {
  const { hozon } = await several(t);
  assert.match(
    (await hozon('get', '--lang', 'ja')).out,
    /^名前 +状態[\s\S]*24 時間前 +29 日後[\s\S]*期限切れ/,
  );
  assert.equal(
    (await hozon('get', '-o', 'name')).out,
    ['broken', 'daily', 'old', 'partial'].map(name => `backup.velero.io/${name}\n`).join(''),
  );
  const listed = JSON.parse((await hozon('get', '-o', 'json')).out) as {
    kind: string;
    items: { metadata: { name: string }; problem?: { code: string } }[];
  };
  assert.equal(listed.kind, 'List');
  assert.match(listed.items[0]?.problem?.code ?? '', /^archive\./);
  const one = parse((await hozon('get', 'daily', '-o', 'yaml')).out) as { metadata: { name: string } };
  assert.equal(one.metadata.name, 'daily');
  assert.equal((await hozon('get', '-o', 'wide')).out.includes('2026-01-31T03:04:05Z'), true);
});

test('backups are chosen by name and by label', async t => {
  const { hozon } = await several(t);
  const names = async (...words: string[]) => (await hozon('get', '-o', 'name', ...words)).out;
  assert.equal(await names('--selector', 'team=shop'), 'backup.velero.io/daily\n');
  assert.equal(await names('--selector', 'team'), 'backup.velero.io/daily\nbackup.velero.io/partial\n');
  assert.equal(await names('old', 'daily'), 'backup.velero.io/old\nbackup.velero.io/daily\n');
  const some = await hozon('get', 'old', 'absent', '-o', 'name');
  assert.deepEqual([some.code, some.out], [10, 'backup.velero.io/old\n']);
  assert.match(some.err, /absent/);
  const absent = await hozon('get', 'absent');
  assert.deepEqual([absent.code, /archive\.backup-not-found/.test(absent.err)], [10, true]);
  const bad = await hozon('get', '--selector', 'a b');
  assert.deepEqual([bad.code, /--selector/.test(bad.err)], [2, true]);
});

test('an empty location says so and is no failure', async t => {
  const { hozon, at } = await scene(t);
  const { code, out, err } = await hozon('get');
  assert.deepEqual([code, out], [0, '']);
  assert.ok(err.includes(at.url));
  assert.deepEqual((JSON.parse((await hozon('get', '-o', 'json')).out) as { items: unknown[] }).items, []);
});

async function described(t: TestContext): Promise<Run> {
  const { at, hozon } = await scene(t);
  await at.putBackup('full', {
    spec: {
      includedNamespaces: ['shop', 'blog'],
      excludedResources: ['events'],
      includeClusterResources: false,
      orLabelSelectors: [{ matchLabels: { app: 'web' } }, { matchLabels: { app: 'db' } }],
      orderedResources: { pods: 'shop/a' },
      resourcePolicy: { kind: 'configmap', name: 'policies' },
      hooks: {
        resources: [
          {
            name: 'freeze',
            includedNamespaces: ['shop'],
            pre: [
              { exec: { container: 'db', command: ['/bin/sh', '-c', 'fsfreeze -f /data'], onError: 'Fail' } },
            ],
            post: [{ exec: { command: ['thaw'], timeout: '1m0s' } }],
          },
        ],
      },
    },
    status: {
      phase: 'PartiallyFailed',
      errors: 1,
      warnings: 2,
      progress: { totalItems: 12, itemsBackedUp: 11 },
      hookStatus: { hooksAttempted: 2, hooksFailed: 1 },
    },
    files: {
      'results.gz': {
        errors: { namespaces: { shop: ['resource: /pods name: /a error: boom'] } },
        warnings: { velero: ['slow'], cluster: ['odd'] },
      },
      'resource-list.json.gz': { 'v1/Pod': ['shop/a', 'shop/b'], 'v1/Namespace': ['shop'] },
      'volumeinfo.json.gz': [
        {
          pvcName: 'data',
          pvcNamespace: 'shop',
          pvName: 'pv-1',
          skipped: true,
          skippedReason: 'not yet',
          snapshotDataMoved: false,
          preserveLocalSnapshot: false,
        },
      ],
      'logs.gz': 'time="2026-01-01T03:04:05Z" level=info msg=begun\n',
    },
  });
  return hozon;
}

test('a description tells what was asked for and what came of it', async t => {
  const hozon = await described(t);
  const { code, out } = await hozon('describe', 'full');
  assert.equal(code, 0);
  for (const pattern of [
    /^Name: +full$/m,
    /^Phase: +PartiallyFailed$/m,
    /^ {2}Namespaces: +shop, blog$/m,
    /^ {2}Resources left out: +events$/m,
    /^ {2}Cluster-scoped resources: +left out$/m,
    /^ {2}Selector: +app=web or app=db$/m,
    /^Resource policy: +configmap\/policies$/m,
    /^Order: +pods: shop\/a$/m,
    /Before: +\/bin\/sh -c "fsfreeze -f \/data" \(container: db, onError: Fail\)/,
    /After: +thaw \(timeout: 1m0s\)/,
    /^Duration: +1m30s$/m,
    /^Items: +11 of 12$/m,
    /^Hooks: +2 run, 1 failed$/m,
    /^Volumes: +0 captured, 1 not captured\n {2}shop\/data → pv-1: not yet$/m,
    /^Errors: +1\n {2}shop:\n {4}resource: \/pods name: \/a error: boom$/m,
    /^Warnings: +2\n {2}The run as a whole:\n {4}slow\n {2}Cluster-scoped:\n {4}odd$/m,
  ]) {
    assert.match(out, pattern);
  }
  assert.doesNotMatch(out, /shop\/b/);
  const details = await hozon('describe', 'full', '--details');
  assert.match(
    details.out,
    /^Every object:\n {2}v1\/Namespace:\n {4}shop\n {2}v1\/Pod:\n {4}shop\/a\n {4}shop\/b$/m,
  );
  assert.match((await hozon('describe', 'full', '--lang', 'ja')).out, /^フェーズ: +PartiallyFailed$/m);
});

test('a description is data, too', async t => {
  const hozon = await described(t);
  const { out } = await hozon('describe', 'full', '--details', '-o', 'json');
  const data = JSON.parse(out) as Record<string, Record<string, unknown>>;
  assert.equal(data['metadata']?.['name'], 'full');
  assert.deepEqual(data['results']?.['errors'], {
    namespaces: { shop: ['resource: /pods name: /a error: boom'] },
  });
  assert.deepEqual(data['resourceList']?.['v1/Pod'], ['shop/a', 'shop/b']);
});

test('a side file that is broken costs its part of the description only', async t => {
  const { at, hozon } = await scene(t);
  await at.putBackup('b', { files: { 'resource-list.json.gz': { 'v1/Pod': ['a/b'] } } });
  await at.put('backups/b/b-results', 'x');
  await at.put('backups/b/b-volumeinfo.json.gz', 'no JSON');
  const { code, out, err } = await hozon('describe', 'b', '--details');
  assert.equal(code, 0);
  assert.match(out, /a\/b/);
  assert.match(err, /^Note: not everything is shown: /);
});

test('logs come as they were written', async t => {
  const hozon = await described(t);
  assert.equal((await hozon('logs', 'full')).out, 'time="2026-01-01T03:04:05Z" level=info msg=begun\n');
  const absent = await hozon('logs', 'absent');
  assert.deepEqual([absent.code, absent.out], [10, '']);
});

test('an archive is saved for its owner, and not over another file', async t => {
  const { at, hozon } = await several(t);
  const path = join(at.directory, 'saved.tar.gz');
  const saved = await hozon('download', 'daily', '-o', path);
  assert.equal(saved.code, 0, saved.err);
  assert.match(saved.out, /is in .*saved\.tar\.gz \(\d+ B\)/);
  assert.equal(gunzipSync(await readFile(path)).toString(), 'the archive of daily');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const again = await hozon('download', 'old', '-o', path);
  assert.deepEqual([again.code, /cli\.file-exists/.test(again.err)], [1, true]);
  assert.equal((await hozon('download', 'old', '-o', path, '--force')).code, 0);
  assert.equal(gunzipSync(await readFile(path)).toString(), 'the archive of old');
  const absent = await hozon('download', 'absent', '-o', join(at.directory, 'y'));
  assert.equal(absent.code, 10);
  assert.equal(existsSync(join(at.directory, 'y')), false);
});

test('an archive goes to a pipe but not to a terminal', async t => {
  const { hozon } = await several(t);
  assert.notEqual((await hozon('download', 'daily', '-o', '-')).out, '');
  const out = new CapturedStream({ isTTY: true });
  const terminal = await scene(t, { out });
  await terminal.at.putBackup('daily');
  const refused = await terminal.hozon('download', 'daily', '-o', '-');
  assert.deepEqual([refused.code, refused.out, /cli\.binary-to-terminal/.test(refused.err)], [2, '', true]);
});

test('a deletion needs to know what, and a yes', async t => {
  const { hozon } = await several(t);
  const codes = async (...words: string[]) => {
    const { code, err } = await hozon('delete', ...words);
    return [code, /\[(.*?)\]/.exec(err)?.[1]];
  };
  assert.deepEqual(await codes('--confirm'), [2, 'cli.missing-flag']);
  assert.deepEqual(await codes('daily', '--all', '--confirm'), [2, 'cli.conflicting-flags']);
  assert.deepEqual(await codes('daily'), [2, 'cli.needs-confirmation']);
  assert.equal((await hozon('get', '-o', 'name')).out.split('\n').length, 5);
});

test('backups are deleted by name, by label and all; one that is not there keeps no other', async t => {
  const { at, hozon } = await several(t);
  const some = await hozon('delete', 'daily', 'absent', 'old', '--confirm');
  assert.equal(some.code, 3);
  assert.match(some.out, /^daily +deleted\nabsent +failed\nold +deleted$/m);
  assert.match(some.err, /^absent was not deleted: /m);
  assert.equal(existsSync(join(at.directory, 'backups/daily')), false);
  assert.equal((await hozon('delete', 'absent', '--confirm')).code, 10);
  assert.equal((await hozon('delete', '--selector', 'team=blog', '--confirm')).code, 0);
  assert.equal((await hozon('get', '-o', 'name')).out, 'backup.velero.io/broken\n');
  assert.match((await hozon('delete', '--selector', 'team=blog', '--confirm')).err, /No backup fits/);
  await at.putBackup('again');
  assert.equal((await hozon('delete', '--all', '--confirm')).code, 0);
  assert.equal((await hozon('get', '-o', 'name')).out, '');
});

test('names of backups and restores are offered to a shell', async t => {
  const { at } = await several(t);
  await mkdir(join(at.directory, 'restores/again'), { recursive: true });
  await at.put('restores/again/restore-again-logs.gz', 'x');
  const offered = (kind: string) =>
    runHere(['__complete', kind, '--', '--location', at.url], { env: { HOME: at.directory } });
  assert.equal((await offered('backups')).out, 'broken\ndaily\nold\npartial\n');
  assert.equal((await offered('restores')).out, 'again\n');
});

test('only what has expired is pruned', async t => {
  const { at, hozon } = await several(t);
  await at.putBackup('old-too', { labels: { team: 'blog' }, status: { expiration: '2026-01-02T03:04:05Z' } });
  assert.equal((await hozon('prune')).code, 2);
  assert.notEqual((await hozon('prune', '--expired')).code, 0, 'it asks first');
  const byLabel = await hozon('prune', '--expired', '--confirm', '-l', 'team=blog', '-o', 'name');
  assert.deepEqual([byLabel.code, byLabel.out], [0, 'backup.velero.io/old-too\n']);
  assert.equal((await hozon('prune', '--expired', '--confirm', '-o', 'name')).out, 'backup.velero.io/old\n');
  assert.match((await hozon('prune', '--expired', '--confirm')).err, /No backup has expired/);
  assert.equal(
    (await hozon('get', '-o', 'name')).out,
    ['broken', 'daily', 'partial'].map(name => `backup.velero.io/${name}\n`).join(''),
  );
});
