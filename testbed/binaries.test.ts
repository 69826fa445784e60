import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { binaries, binary, cacheDir, variableOf } from './binaries.ts';
import { type BinarySet, binarySets, setOf } from './binary-sets.ts';
import { download, forgetRefusals, sumOf } from './downloads.ts';
import { silent } from './narration.ts';

describe('a binary', () => {
  let dir: string;
  const env = { ...process.env };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hozon-binaries-'));
    process.env['HOZON_CACHE'] = dir;
  });
  afterEach(async () => {
    process.env = { ...env };
    await rm(dir, { recursive: true });
  });

  it('is the one that its variable names', async () => {
    process.env['HOZON_TESTBED_KUBE_APISERVER'] = '/opt/kube-apiserver';
    assert.equal(await binary('kube-apiserver', { narrate: silent }), '/opt/kube-apiserver');
  });

  it('is the cached one, in the order in which several are asked for', async () => {
    const { version } = setOf('etcd');
    const place = join(dir, 'bin', `etcd-${version}`);
    await mkdir(place, { recursive: true });
    for (const name of ['etcd', 'etcdctl'])
      await writeFile(join(place, name), '#!/bin/sh\n', { mode: 0o755 });
    process.env['HOZON_TESTBED_KUBELET'] = '/opt/kubelet';
    const found = await binaries(['etcdctl', 'kubelet', 'etcd'], { narrate: silent });
    assert.deepEqual(found, [join(place, 'etcdctl'), '/opt/kubelet', join(place, 'etcd')]);
  });
});

describe('the names of binaries', () => {
  it('follow from the variables, the home directory and the program', () => {
    assert.equal(cacheDir({ HOZON_CACHE: '/c', XDG_CACHE_HOME: '/x' }), '/c');
    assert.equal(cacheDir({ XDG_CACHE_HOME: '/x' }), '/x/hozon');
    assert.match(cacheDir({}), /\/\.cache\/hozon$/);
    assert.equal(variableOf('kube-controller-manager'), 'HOZON_TESTBED_KUBE_CONTROLLER_MANAGER');
    assert.throws(() => setOf('vi'), /no set/);
  });

  it('are names of variables whatever the program is called', () => {
    assert.equal(variableOf('etcd-3.5'), 'HOZON_TESTBED_ETCD_3_5');
  });

  it('belong to one set each, whose release differs between architectures', () => {
    const programs = binarySets.flatMap(({ packages }) => Object.keys(packages));
    assert.equal(new Set(programs).size, programs.length);
    for (const { release } of binarySets) {
      if (release.form !== 'none') assert.notEqual(release.url('amd64'), release.url('arm64'));
    }
  });
});

describe('a download', () => {
  const content = Buffer.from('#!/bin/sh\necho works\n');
  const sum = createHash('sha256').update(content).digest('hex');
  const served = new Map<string, Buffer | string>();
  const asked: string[] = [];
  let server: Server;
  let into: string;

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const body = served.get(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200);
      response.end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());
  beforeEach(async () => {
    into = await mkdtemp(join(tmpdir(), 'hozon-download-'));
    forgetRefusals();
    served.clear();
    asked.length = 0;
  });
  afterEach(() => rm(into, { recursive: true }));

  const errand = (set: BinarySet = testSet()) => ({ set, programs: ['tool'], into, narrate: silent });
  const testSet = (): BinarySet => ({
    name: 'test',
    version: 'v1',
    packages: { tool: 'example.org/tool' },
    ldflags: '',
    buildTakes: 'no time',
    release: { form: 'files', url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
  });

  it('is kept where it has the published sum', async () => {
    served.set('/tool', content).set('/tool.sha256', sum);
    await download(errand());
    assert.deepEqual(await readFile(join(into, 'tool')), content);
    assert.equal((await stat(join(into, 'tool'))).mode & 0o111, 0o111);
    assert.deepEqual(await readdir(into), ['tool']);
  });

  it('is thrown away where it has another, and the host is not asked again', async () => {
    served.set('/tool', `${content.toString()}more`).set('/tool.sha256', sum);
    await assert.rejects(download(errand()), /SHA-256/);
    assert.deepEqual(await readdir(into), []);
    const before = asked.length;
    await assert.rejects(download(errand()), /SHA-256/);
    assert.equal(asked.length, before);
  });

  it('is taken out of an archive that holds it in a folder', async () => {
    const folder = join(into, 'tool-v1');
    await mkdir(folder);
    await writeFile(join(folder, 'tool'), content);
    const archive = await buffer(spawn('tar', ['-cz', '-C', into, 'tool-v1']).stdout);
    await rm(folder, { recursive: true });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    served.set('/tool-v1.tar.gz', archive);
    served.set('/sums', `${createHash('sha256').update(archive).digest('hex')}  tool-v1.tar.gz\n`);
    const release = { form: 'archive', url: () => `${base}/tool-v1.tar.gz`, sums: `${base}/sums` } as const;
    await download(errand({ ...testSet(), release }));
    assert.deepEqual(await readFile(join(into, 'tool')), content);
    assert.deepEqual(await readdir(into), ['tool']);
  });

  it('ends at once where there is none', async () => {
    await assert.rejects(download(errand()), /404/);
    await assert.rejects(download(errand({ ...testSet(), release: { form: 'none' } })), /no release/);
  });

  it('finds its line in a list of sums', () => {
    const sums = `${'a'.repeat(64)}  other.tar.gz\n${'b'.repeat(64)} *tool.tar.gz\n`;
    assert.equal(sumOf(sums, 'tool.tar.gz'), 'b'.repeat(64));
    assert.equal(sumOf(sums, 'ool.tar.gz'), undefined);
  });
});
