import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { type KubeObject, keyOf } from '#kube/objects.ts';
import {
  type Added,
  archiveOf,
  clusterRoles,
  deployments,
  everything,
  inPieces,
  objectOf,
  open,
  openFile,
  pod,
  pods,
} from '../testing/archives.ts';
import { podJson, podMember, rawArchive, rawTar, versionMember } from '../testing/raw-tar.ts';
import { openArchive } from './archive.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);

/** What the API server takes for the freest of names (RBAC's): one segment of a path, without a percent sign. */
const anyName = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
    fc.string({ minLength: 80, maxLength: 300, unit: 'grapheme-ascii' }),
    fc.constantFrom(
      '..json',
      'cluster',
      '-preferredversion',
      'a.json',
      ' ',
      '\n',
      './',
      'system:node',
      'é'.repeat(99),
    ),
  )
  .map(name => name.replaceAll(/[/%\0]/g, ':'))
  .filter(name => name !== '.' && name !== '..');

const content = fc.dictionary(fc.constantFrom('spec', 'data', 'status', '__proto__'), fc.jsonValue(), {
  noNullPrototype: true,
});

const anyObject: fc.Arbitrary<Added> = fc
  .record({
    type: fc.constantFrom(pods, deployments, clusterRoles),
    namespace: label,
    name: anyName,
    content,
  })
  .map(({ type, namespace, name, content }) => [
    type,
    objectOf(type, type.namespaced ? { namespace, name } : { name }, content),
  ]);

const anyObjects = fc.uniqueArray(anyObject, {
  maxLength: 12,
  selector: ([type, { metadata }]) => `${type.resource}/${metadata.namespace}/${metadata.name}`,
});

/** As it comes out of JSON: without -0 and `undefined`. */
function plain(objects: readonly KubeObject[]): unknown {
  return JSON.parse(JSON.stringify(objects));
}

test('what is added is read again, whatever its names and contents, in whatever pieces the bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(anyObjects, fc.integer({ min: 1, max: 2000 }), async (added, piece) => {
      const bytes = await archiveOf(added);
      await using archive = await openArchive(inPieces(bytes, piece), { source: 'nightly' });
      const types = [...new Set(added.map(([type]) => type))];
      assert.equal(archive.size, added.length);
      assert.deepEqual(await archive.types(), types);
      for (const type of types) {
        const expected = added.filter(each => each[0] === type).map(([, object]) => object);
        const read: KubeObject[] = [];
        for await (const object of archive.read(type)) read.push(object);
        assert.deepEqual(plain(read), plain(expected));
        assert.deepEqual(
          [...archive.keys(type)].map(key => [key.namespace, key.name]),
          expected.map(object => [keyOf(object).namespace, keyOf(object).name]),
        );
        for (const object of expected) {
          assert.deepEqual(plain([(await archive.get(type, keyOf(object))) as KubeObject]), plain([object]));
        }
      }
    }),
    { numRuns: 80 },
  );
});

describe('an archive as a reader', () => {
  const objects: Added[] = [
    pod('web-0', 'shop', { labels: { app: 'web' } }),
    [clusterRoles, objectOf(clusterRoles, { name: 'admin' })],
    pod('db-0', 'shop', { labels: { app: 'db' } }),
    pod('web-0', 'blog', { labels: { app: 'web' } }),
    [clusterRoles, objectOf(clusterRoles, { name: 'view' }, { labels: null })],
  ];

  async function namesOf(read: AsyncIterable<KubeObject>): Promise<string[]> {
    return (await Array.fromAsync(read)).map(
      ({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`,
    );
  }

  test('filters by namespace and labels as the API server does', async () => {
    await using archive = await open(await archiveOf(objects));
    assert.deepEqual(await namesOf(archive.read(pods)), ['shop/web-0', 'shop/db-0', 'blog/web-0']);
    assert.deepEqual(await namesOf(archive.read(pods, { namespace: '' })), [
      'shop/web-0',
      'shop/db-0',
      'blog/web-0',
    ]);
    assert.deepEqual(await namesOf(archive.read(pods, { namespace: 'blog' })), ['blog/web-0']);
    assert.deepEqual(await namesOf(archive.read(pods, { namespace: 'none' })), []);
    assert.deepEqual(await namesOf(archive.read(pods, { labelSelector: 'app=web' })), [
      'shop/web-0',
      'blog/web-0',
    ]);
    assert.deepEqual(await namesOf(archive.read(pods, { namespace: 'shop', labelSelector: 'app!=web' })), [
      'shop/db-0',
    ]);
    assert.deepEqual(await namesOf(archive.read(clusterRoles, { namespace: 'shop' })), ['/admin', '/view']);
    assert.deepEqual(await namesOf(archive.read(clusterRoles, { labelSelector: '!app' })), [
      '/admin',
      '/view',
    ]);
  });

  test('has nothing of a type or key that it does not hold', async () => {
    await using archive = await open(await archiveOf(objects));
    assert.deepEqual(await namesOf(archive.read(deployments)), []);
    assert.deepEqual([...archive.keys(deployments)], []);
    assert.equal(await archive.get(deployments, { namespace: 'shop', name: 'web-0' }), undefined);
    assert.equal(await archive.get(pods, { namespace: 'shop', name: 'admin' }), undefined);
    assert.equal(await archive.get(pods, { name: 'web-0' }), undefined);
    assert.equal((await archive.get(clusterRoles, { namespace: '', name: 'view' }))?.metadata.name, 'view');
  });

  test('reads what lies far apart, and items larger than a batch', async () => {
    const large = (i: number): Added => pod(`p${i}`, 'shop', { data: String(i).repeat(700_000) });
    const between = (i: number): Added => [
      clusterRoles,
      objectOf(clusterRoles, { name: `r${i}` }, { data: '-'.repeat(40_000) }),
    ];
    await using archive = await open(await archiveOf([0, 1, 2, 3].flatMap(i => [large(i), between(i)])));
    const read = await Array.fromAsync(archive.read(pods));
    assert.deepEqual(
      read.map(({ metadata, data }) => [metadata.name, (data as string).length, (data as string)[0]]),
      [0, 1, 2, 3].map(i => [`p${i}`, 700_000, String(i)]),
    );
    assert.deepEqual(
      (await Array.fromAsync(archive.read(clusterRoles))).map(({ metadata }) => metadata.name),
      ['r0', 'r1', 'r2', 'r3'],
    );
  });

  test('stops at an abort, with its reason', async () => {
    await using archive = await open(await archiveOf(objects));
    const abort = new AbortController();
    const read = archive.read(pods, { signal: abort.signal });
    await read[Symbol.asyncIterator]().next();
    abort.abort();
    await assert.rejects(Array.fromAsync(read), thrown => thrown === abort.signal.reason);
    await assert.rejects(
      archive.get(pods, { name: 'a' }, { signal: abort.signal }),
      thrown => thrown === abort.signal.reason,
    );
  });

  test('takes the version from the preferred directory, or from the objects of an old Velero', async () => {
    const v2 = { name: 'resources/pods/v2-preferredversion/namespaces/shop/a.json', body: 'not read' };
    await using preferred = await open(rawArchive(podMember('a'), v2));
    assert.deepEqual(
      (await preferred.types()).map(type => type.version),
      ['v2'],
    );
    const old = gzipSync(rawTar([{ name: 'metadata/version', body: '1\n' }, podMember('a')]));
    await using legacy = await open(old);
    assert.equal(legacy.formatVersion, '1');
    assert.deepEqual(await legacy.types(), [pods]);
  });

  test('leaves versions that were not preferred, and what it does not know beside resources/, alone', async () => {
    const archive = rawArchive(
      { name: 'metadata/', type: '5' },
      { name: 'resources/pods/v1alpha1/namespaces/shop/old.json', body: 'not read' },
      { name: 'attestations/sbom', body: 'not read' },
      podMember('a'),
    );
    await using opened = await open(archive);
    assert.deepEqual(plain(await everything(opened)), [JSON.parse(podJson('a'))]);
  });

  test('may be empty', async () => {
    await using archive = await open(await archiveOf([]));
    assert.equal(archive.size, 0);
    assert.deepEqual(await archive.types(), []);
  });
});

describe('system tar', () => {
  const long = 'n'.repeat(240);
  const objects: Added[] = [
    pod('web-0'),
    pod(long, 'a-namespace-with-a-long-name-so-that-no-prefix-holds-the-path', { data: 'x'.repeat(3000) }),
    [clusterRoles, objectOf(clusterRoles, { name: 'system:ノード é' })],
    [deployments, objectOf(deployments, { namespace: 'shop', name: 'd'.repeat(95) })],
  ];

  test('unpacks an archive', async t => {
    const directory = await temporary(t);
    await writeFile(join(directory, 'a.tar.gz'), await archiveOf(objects));
    const said = execFileSync('tar', ['-xvzf', 'a.tar.gz'], { cwd: directory, env: utf8, encoding: 'utf8' });
    assert.equal(said.trim().split('\n').length, 1 + 2 * objects.length);
    assert.equal(readFileSync(join(directory, 'metadata/version'), 'utf8'), '1.1.0\n');
    for (const [type, object] of objects) {
      const { namespace, name } = object.metadata;
      const scope = namespace === undefined ? 'cluster' : `namespaces/${namespace}`;
      const folder = type.group === '' ? type.resource : `${type.resource}.${type.group}`;
      for (const version of ['', `${type.version}-preferredversion/`]) {
        const file = join(directory, 'resources', folder, version, scope, `${name}.json`);
        assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), object);
      }
    }
  });

  for (const format of ['v7', 'oldgnu', 'gnu', 'ustar', 'pax']) {
    test(`packs an archive in its ${format} format`, async t => {
      const directory = await temporary(t);
      const packed = format === 'v7' || format === 'ustar' ? [pod('web-0'), pod('db-0')] : objects;
      await unpack(packed, join(directory, 'files'));
      const archive = join(directory, 'a.tar.gz');
      execFileSync('tar', [`--format=${format}`, '-czf', archive, '-C', join(directory, 'files'), '.'], {
        env: utf8,
      });
      await using opened = await openFile(archive);
      const names = (all: readonly KubeObject[]): string[] => all.map(each => JSON.stringify(each)).sort();
      assert.deepEqual(names(await everything(opened)), names(packed.map(([, object]) => object)));
    });
  }

  const utf8 = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' };

  async function unpack(added: readonly Added[], directory: string): Promise<void> {
    const files = added.map(([type, object]) => {
      const { namespace, name } = object.metadata;
      const scope = namespace === undefined ? 'cluster' : `namespaces/${namespace}`;
      const folder = type.group === '' ? type.resource : `${type.resource}.${type.group}`;
      return [`resources/${folder}/${scope}/${name}.json`, JSON.stringify(object)] as const;
    });
    for (const [path, text] of [...files, ['metadata/version', '1.1.0\n'] as const]) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
  }
});

describe('the temporary file', () => {
  test('has no name, is private, and is gone with the archive', async t => {
    const directory = await ownTemporary(t);
    const bytes = await archiveOf([pod('a')]);
    const archive = await open(bytes);
    assert.deepEqual(readdirSync(directory), []);
    assert.equal(spoolsIn(directory), 1);
    await archive[Symbol.asyncDispose]();
    assert.equal(spoolsIn(directory), 0);
    await archive[Symbol.asyncDispose]();
    await assert.rejects(Array.fromAsync(archive.read(pods)));
  });

  test('is gone when the archive is bad, its source breaks off or the opening is aborted', async t => {
    const directory = await ownTemporary(t);
    await assert.rejects(open(Buffer.from('no archive')));
    const broken = new Error('the network');
    await assert.rejects(
      openArchive(breaking(await archiveOf([pod('a')]), broken), { source: 'nightly' }),
      thrown => thrown === broken,
    );
    const abort = new AbortController();
    await assert.rejects(
      openArchive(stalling(abort), { source: 'nightly', signal: abort.signal }),
      thrown => thrown === abort.signal.reason,
    );
    await assert.rejects(
      openArchive(stalling(abort), { source: 'nightly', signal: abort.signal }),
      thrown => thrown === abort.signal.reason,
    );
    assert.deepEqual(readdirSync(directory), []);
    assert.equal(spoolsIn(directory), 0);
  });

  test('needs a directory', async t => {
    const directory = await ownTemporary(t);
    await rm(directory, { recursive: true });
    await assert.rejects(open(await archiveOf([])), thrown => isHozonError(thrown, 'archive.spool-failed'));
  });

  async function* breaking(bytes: Buffer, reason: Error): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 40);
    throw reason;
  }

  /** A source that never goes on once it was asked for its second piece. */
  function stalling(abort: AbortController): AsyncIterable<Uint8Array> {
    let asked = 0;
    const next = (): Promise<IteratorResult<Uint8Array>> => {
      if (asked++ === 0)
        return Promise.resolve({ done: false, value: gzipSync(rawTar([versionMember])).subarray(0, 20) });
      queueMicrotask(() => abort.abort());
      return new Promise(() => {});
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** Nameless files of this process that once were in the directory. */
  function spoolsIn(directory: string): number {
    const links = readdirSync('/proc/self/fd').map(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // the descriptor that the listing itself had
      }
    });
    return links.filter(link => link.startsWith(`${directory}/`)).length;
  }
});

async function temporary(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A directory of this test's own that temporary files go to while it runs. */
async function ownTemporary(t: TestContext): Promise<string> {
  const directory = await temporary(t);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return directory;
}
