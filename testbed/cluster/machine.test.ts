import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { extract } from 'tar-stream';
import { whichProgram } from '../debian.ts';
import { parseHierarchies } from './cgroups.ts';
import { dockerArchive } from './images.ts';
import { mountsBelow } from './mounts.ts';
import { issue, makeAuthority } from './pki.ts';

describe('what the kernel says of this machine', () => {
  const hybrid = [
    '37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer',
    '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:7 - cgroup2 cgroup2 rw',
    '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  ].join('\n');

  it('gives the cgroup hierarchies, v1, v2 or both', () => {
    assert.deepEqual(parseHierarchies(hybrid), {
      roots: ['/sys/fs/cgroup/freezer', '/sys/fs/cgroup/unified'],
      tracking: '/sys/fs/cgroup/unified',
    });
    const [v1 = '', v2 = ''] = hybrid.split('\n');
    assert.equal(parseHierarchies(v1).tracking, '/sys/fs/cgroup/freezer');
    assert.deepEqual(parseHierarchies(v2).roots, ['/sys/fs/cgroup/unified']);
    assert.deepEqual(parseHierarchies(''), { roots: [], tracking: undefined });
  });

  it('gives the mounts below a directory, the last first, and no neighbour’s', () => {
    const lines = ['/run/a/1', '/run/a/1/deep\\040er', '/run/ab', '/run/a', '/'];
    const mountinfo = lines.map((at, index) => `${index} 1 0:1 / ${at} rw - tmpfs tmpfs rw`).join('\n');
    assert.deepEqual(mountsBelow('/run/a', mountinfo), ['/run/a/1/deep er', '/run/a/1']);
  });
});

describe('the testbed’s certificates', () => {
  it('hold the user’s groups and the server’s names, and their keys are private', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hozon-pki-'));
    try {
      const authority = await makeAuthority(dir, 'test');
      const pair = await issue(authority, {
        name: 'one',
        commonName: 'system:node:a/b+c',
        organizations: ['g1', 'g 2'],
        hosts: ['localhost', '127.0.0.1'],
      });
      const certificate = new X509Certificate(await readFile(pair.certificate));
      assert.deepEqual(certificate.subject.split('\n'), ['O=g1', 'O=g 2', 'CN=system:node:a/b\\+c']);
      assert.equal(certificate.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1');
      assert.ok(certificate.verify(new X509Certificate(await readFile(authority.certificate)).publicKey));
      assert.equal(certificate.ca, false);
      for (const key of [pair.key, authority.key]) assert.equal((await stat(key)).mode & 0o777, 0o600);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

const skip = (await whichProgram('busybox')) === undefined && 'needs busybox';

const empty = Buffer.alloc(0);

describe('images', () => {
  it('share the layer that they have in common, and add their own files to it', { skip }, async () => {
    const archive = await dockerArchive([
      { name: 'x.dev/a:1', tags: ['x.dev/a:2'] },
      {
        name: 'x.dev/b:1',
        files: { '/index.html': 'hi', '/run.sh': { content: '#!/bin/sh\n', mode: 0o755 } },
      },
    ]);
    const entries = await entriesOf(archive);
    const manifest = JSON.parse(entries.get('manifest.json')?.toString() ?? '') as {
      RepoTags: string[];
      Layers: string[];
    }[];
    assert.deepEqual(
      manifest.map(({ RepoTags }) => RepoTags),
      [['x.dev/a:1', 'x.dev/a:2'], ['x.dev/b:1']],
    );
    const [first = [], second = []] = manifest.map(({ Layers }) => Layers);
    assert.deepEqual(first, second.slice(0, 1));
    const [common = empty, own = empty] = second.map(layer => entries.get(layer));
    const commands = await entriesOf(common);
    for (const name of ['bin/busybox', 'bin/sh', 'bin/httpd', 'bin/tar']) assert.ok(commands.has(name), name);
    const files = await entriesOf(own);
    assert.deepEqual([...files.keys()], ['index.html', 'run.sh']);
    assert.equal(files.get('index.html')?.toString(), 'hi');
  });
});

async function entriesOf(archive: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.set(entry.header.name, Buffer.concat(chunks));
  }
  return entries;
}
