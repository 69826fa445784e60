import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { isHozonError } from '#foundation/errors.ts';
import {
  type Added,
  archiveOf,
  clusterRoles,
  collect,
  everything,
  objectOf,
  open,
  pod,
  pods,
} from '../testing/archives.ts';
import { createArchive } from './archive-writer.ts';

describe('an archive as it is written', () => {
  test('begins with the format version, and holds each object at both its paths', async () => {
    const tar = gunzipSync(await archiveOf([pod('web-0')]));
    const names = [0, 1024, 2048].map(at => tar.toString('latin1', at, tar.indexOf(0, at)));
    assert.deepEqual(names, [
      'metadata/version',
      'resources/pods/namespaces/shop/web-0.json',
      'resources/pods/v1-preferredversion/namespaces/shop/web-0.json',
    ]);
    assert.equal(tar.toString('latin1', 512, 519), '1.1.0\n\0');
    assert.equal(tar.length, 1024 * 3 + 1024);
  });

  test('files an object under its own version, which need not be that of its type', async () => {
    const [type, object] = pod('web-0');
    const tar = gunzipSync(await archiveOf([[type, { ...object, apiVersion: 'v2' }]]));
    assert.ok(tar.includes('resources/pods/v2-preferredversion/namespaces/shop/web-0.json'));
    assert.ok(!tar.includes('v1-preferredversion'));
  });

  test('is the same for the same objects at the same time', async () => {
    const objects = [pod('a'), pod('b'), pod('b', 'other')];
    assert.deepEqual(await archiveOf(objects), await archiveOf(objects));
  });

  test('does not run ahead of its reader', async () => {
    const writer = createArchive();
    let added = 0;
    let read = 0;
    let lag = 0;
    const adding = (async () => {
      for (let i = 0; i < 100; i++) {
        const noise = randomBytes(75_000).toString('base64');
        await writer.add(...pod(`p${i}`, 'shop', { noise }));
        added += 75_000;
      }
      await writer.finish();
    })();
    for await (const chunk of writer.bytes) {
      read += chunk.length;
      lag = Math.max(lag, added - read);
      await turn();
    }
    await adding;
    assert.equal(added, 7_500_000);
    assert.ok(lag < 3_500_000, `${lag} bytes ahead`);
  });

  test('takes objects that are added at once', async () => {
    const writer = createArchive();
    const bytes = collect(writer.bytes);
    const noise = 'x'.repeat(200_000);
    await Promise.all(Array.from({ length: 50 }, (_, i) => writer.add(...pod(`p${i}`, 'shop', { noise }))));
    await writer.finish();
    await using archive = await open(await bytes);
    assert.equal(archive.size, 50);
  });
});

describe('an archive that is not finished', () => {
  const big = (name: string): Added => [
    ...pod(name, 'shop', { noise: randomBytes(3_000_000).toString('base64') }),
  ];

  test('gives the reason of its abort to its reader and to whoever adds', async () => {
    const writer = createArchive();
    const reason = new Error('the cluster went away');
    const reading = assert.rejects(collect(writer.bytes), thrown => thrown === reason);
    await writer.add(...pod('a'));
    writer.abort(reason);
    writer.abort(new Error('a later one'));
    await reading;
    await assert.rejects(writer.add(...pod('b')), thrown => thrown === reason);
    await assert.rejects(writer.finish(), thrown => thrown === reason);
  });

  test('gives the reason also to a reader that comes later, and after the last object', async () => {
    const writer = createArchive();
    await writer.add(...pod('a'));
    await writer.finish();
    writer.abort('no');
    await assert.rejects(collect(writer.bytes), thrown => thrown === 'no');
  });

  test('lets go of an add that waits for the reader', async () => {
    const writer = createArchive();
    const waiting = assert.rejects(writer.add(...big('a')), thrown => thrown === 'no');
    writer.abort('no');
    await waiting;
  });

  test('is aborted by its signal', async () => {
    const abort = new AbortController();
    const writer = createArchive({ signal: abort.signal });
    const waiting = assert.rejects(writer.add(...big('a')), thrown => thrown === abort.signal.reason);
    abort.abort();
    await waiting;
    await assert.rejects(collect(writer.bytes), thrown => thrown === abort.signal.reason);
    const late = createArchive({ signal: abort.signal });
    await assert.rejects(late.add(...pod('a')), thrown => thrown === abort.signal.reason);
    await assert.rejects(collect(late.bytes), thrown => thrown === abort.signal.reason);
  });

  test('refuses objects once its reader has left', async () => {
    const writer = createArchive();
    const waiting = assert.rejects(
      (async () => {
        for (let i = 0; ; i++) await writer.add(...big(`p${i}`));
      })(),
      thrown => isHozonError(thrown, 'archive.unread'),
    );
    for await (const _ of writer.bytes) break;
    await waiting;
    await assert.rejects(writer.add(...pod('z')), thrown => isHozonError(thrown, 'archive.unread'));
  });
});

describe('an object that could not be read back', () => {
  const refused: Readonly<Record<string, Added>> = {
    'with a slash in its name': pod('a/b'),
    'named by dots': [clusterRoles, objectOf(clusterRoles, { name: '..' })],
    'without a name': pod(''),
    'with a NUL in its name': [clusterRoles, objectOf(clusterRoles, { name: 'a\0b' })],
    'with half a surrogate pair in its name': [clusterRoles, objectOf(clusterRoles, { name: 'a\ud800' })],
    'in a namespace that is a path': pod('a', '../..'),
    'without the namespace that its type has': [pods, objectOf(pods, { name: 'a' })],
    'with a namespace that its type has not': [
      clusterRoles,
      objectOf(clusterRoles, { name: 'a', namespace: 'b' }),
    ],
    'of another kind': [pods, objectOf({ ...pods, kind: 'Node' }, { namespace: 'shop', name: 'a' })],
    'of another group': [pods, objectOf({ ...pods, group: 'x' }, { namespace: 'shop', name: 'a' })],
    'that is in already': pod('first'),
  };
  for (const [what, added] of Object.entries(refused)) {
    test(`${what} is refused, and the archive stays good`, async () => {
      const writer = createArchive();
      const bytes = collect(writer.bytes);
      await writer.add(...pod('first'));
      await assert.rejects(writer.add(...added), thrown => isHozonError(thrown, 'archive.item-unwritable'));
      await writer.add(...pod('last'));
      await writer.finish();
      await using archive = await open(await bytes);
      assert.deepEqual(
        (await everything(archive)).map(object => object.metadata.name),
        ['first', 'last'],
      );
    });
  }

  test('comes after the end', async () => {
    const writer = createArchive();
    await writer.finish();
    await assert.rejects(writer.add(...pod('a')), /finished/);
    await collect(writer.bytes);
  });
});
