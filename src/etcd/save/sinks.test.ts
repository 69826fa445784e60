import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { checkedSnapshot } from './checked-snapshot.ts';
import { fileSink, requireRoom } from './file-sink.ts';
import { objectSink } from './object-sink.ts';
import { seriesOf } from './repository-source.ts';
import type { SnapshotSink } from './sink.ts';
import { craftedStream, inPieces } from './testing/crafted-stream.ts';

const root = await mkdtemp(join(tmpdir(), 'hozon-sinks-'));
after(() => rm(root, { recursive: true, force: true }));

const whole = craftedStream(randomBytes(4096 * 1000));
const name = 'snapshot_2026-11-21_140000.db';

async function directory(): Promise<string> {
  return mkdtemp(join(root, 'd-'));
}

/** Names of files in a directory, at any depth. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => entry.name);
}

function checked(bytes: Buffer): AsyncIterable<Uint8Array> {
  return checkedSnapshot(inPieces(bytes, [32_768]), { source: 'm0' });
}

const places: readonly (readonly [string, (path: string) => SnapshotSink])[] = [
  ['a directory', path => fileSink(path)],
  ['an object store', path => objectSink(new FilesystemStore(path))],
];

for (const [what, open] of places) {
  test(`${what} keeps a whole snapshot as it came`, async () => {
    const path = await directory();
    const { place, size } = await open(path).store({ name, bytes: checked(whole) }, {});
    assert.equal(size, whole.length);
    assert.ok(place.endsWith(`/${name}`));
    assert.ok((await readFile(join(path, name))).equals(whole));
    assert.deepEqual(await filesIn(path), [name]);
  });

  test(`${what} keeps nothing of a snapshot that fails its check`, async () => {
    const path = await directory();
    const turned = Buffer.from(whole);
    turned[2_000_000] = (turned[2_000_000] ?? 0) ^ 1;
    for (const bytes of [turned, whole.subarray(0, 3_000_000), Buffer.alloc(0)]) {
      await assert.rejects(open(path).store({ name, bytes: checked(bytes) }, {}), thrown =>
        isHozonError(thrown, 'etcd.save-refused'),
      );
      assert.deepEqual(await filesIn(path), []);
    }
  });

  test(`${what} keeps nothing where the source breaks, and says what broke`, async () => {
    const path = await directory();
    const broken = new Error('gone');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield whole.subarray(0, 2_500_000);
      throw broken;
    }
    await assert.rejects(open(path).store({ name, bytes: breaking() }, {}), thrown => thrown === broken);
    assert.deepEqual(await filesIn(path), []);
  });

  test(`${what} keeps nothing after an abort, also of a source that stalls`, async () => {
    const path = await directory();
    const controller = new AbortController();
    const reason = new Error('stop');
    async function* stalling(): AsyncGenerator<Uint8Array> {
      yield whole.subarray(0, 2_500_000);
      setImmediate(() => controller.abort(reason));
      await new Promise(() => {});
    }
    const { signal } = controller;
    await assert.rejects(open(path).store({ name, bytes: stalling() }, { signal }), t => t === reason);
    assert.deepEqual(await filesIn(path), []);
  });

  test(`${what} replaces nothing`, async () => {
    const path = await directory();
    await writeFile(join(path, name), 'older');
    await assert.rejects(open(path).store({ name, bytes: checked(whole) }, {}), thrown =>
      isHozonError(thrown, 'etcd.save-exists'),
    );
    assert.equal(await readFile(join(path, name), 'utf8'), 'older');
    assert.deepEqual(await filesIn(path), [name]);
  });

  test(`${what} replaces nothing that comes while the snapshot is taken`, async () => {
    const path = await directory();
    async function* rival(): AsyncGenerator<Uint8Array> {
      yield* checked(whole);
      await writeFile(join(path, name), 'rival');
    }
    await assert.rejects(open(path).store({ name, bytes: rival() }, {}), thrown =>
      isHozonError(thrown, 'etcd.save-exists'),
    );
    assert.equal(await readFile(join(path, name), 'utf8'), 'rival');
    assert.deepEqual(await filesIn(path), [name]);
  });
}

test('a file is its owner’s alone, and inspected before it has its name', async () => {
  const path = await directory();
  let inspected: Buffer | undefined;
  const inspect = async (file: string): Promise<void> => {
    assert.notEqual(file, join(path, name));
    inspected = await readFile(file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await readdir(path)).includes(name), false);
  };
  await fileSink(path).store({ name, bytes: checked(whole), inspect }, {});
  assert.ok(inspected?.equals(whole));
  assert.equal((await stat(join(path, name))).mode & 0o777, 0o600);
});

test('a file that its inspection refuses is not kept', async () => {
  const path = await directory();
  const refused = new Error('unsound');
  const inspect = async (): Promise<void> => {
    throw refused;
  };
  await assert.rejects(
    fileSink(path).store({ name, bytes: checked(whole), inspect }, {}),
    t => t === refused,
  );
  assert.deepEqual(await filesIn(path), []);
});

test('what keeps a directory from being written to is said', async () => {
  const path = await directory();
  const store = (place: string): Promise<unknown> =>
    fileSink(place).store({ name, bytes: checked(whole) }, {});
  const missing = join(path, 'missing');
  await assert.rejects(store(missing), /No snapshot can be written to .*missing.*: ENOENT/);
  await assert.rejects(requireRoom(missing, 1), /No snapshot can be written to .*missing: ENOENT/);
  await writeFile(join(path, 'file'), '');
  await assert.rejects(requireRoom(join(path, 'file'), 1), /file: ENOTDIR/);
  await assert.rejects(requireRoom(path, 2 ** 60), thrown => isHozonError(thrown, 'etcd.save-no-space'));
  await requireRoom(path, 1);
});

test('a series has one name, whenever and of whatever cluster a file is', () => {
  assert.equal(seriesOf(name, undefined), '/etcd/snapshot');
  assert.equal(seriesOf(name, 'west'), '/etcd/west/snapshot');
  assert.equal(
    seriesOf('static_kuberesources_2026-11-21_140000.tar.gz', 'west'),
    '/etcd/west/static_kuberesources',
  );
  assert.equal(seriesOf('west-snapshot.db', undefined), '/etcd/west-snapshot');
});
