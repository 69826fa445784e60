import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bytePath } from '#repository/trees/byte-path.ts';
import { directorySource } from '#repository/trees/directory-source.ts';
import type { Entry } from '#repository/trees/entry.ts';
import type { Content, TreeSource } from '#repository/trees/source.ts';
import { tarSource } from '#repository/trees/tar-source.ts';
import { ensureDebianPackages } from '#testbed/debian.ts';
import { writeEveryEntry } from './every-entry.ts';

let directory: string;
before(async () => {
  await ensureDebianPackages(['busybox-static']);
  directory = await mkdtemp(join(tmpdir(), 'hozon-tar-'));
  await writeEveryEntry(join(directory, 'every'), 'new');
});
after(() => rm(directory, { recursive: true }));

/** What a form of tar cannot say, or says less exactly. */
interface Loss {
  readonly attributes: boolean;
  /** Nanoseconds of the finest time it has; the least time. */
  readonly times: readonly [bigint, bigint];
  /** An owner whose number it cuts off. */
  readonly omits?: string;
}

const writers: Readonly<Record<string, { readonly command: readonly string[]; readonly loss: Loss }>> = {
  'GNU tar, pax': {
    command: ['tar', '--format=pax', '--xattrs', '--xattrs-include=*', '-c', '.'],
    loss: { attributes: false, times: [1n, -1n << 62n] },
  },
  ...Object.fromEntries(
    ['0.0', '0.1', '1.0'].map(version => [
      `GNU tar, pax, sparse ${version}, ACLs in words`,
      {
        command:
          `tar --format=pax -S --sparse-version=${version} --acls --xattrs --xattrs-include=* -c .`.split(
            ' ',
          ),
        loss: { attributes: false, times: [1n, -1n << 62n] as const },
      },
    ]),
  ),
  'GNU tar, its own format, sparse': {
    command: ['tar', '--format=gnu', '--sparse', '-c', '.'],
    loss: { attributes: true, times: [1_000_000_000n, -1n << 62n] },
  },
  'GNU tar, its own format': {
    command: ['tar', '--format=gnu', '-c', '.'],
    loss: { attributes: true, times: [1_000_000_000n, -1n << 62n] },
  },
  busybox: {
    command: ['busybox', 'tar', '-c', '.'],
    loss: { attributes: true, times: [1_000_000_000n, 0n], omits: 'modes/link' },
  },
};

for (const [name, { command, loss }] of Object.entries(writers)) {
  test(`the tar of a tree is the tree: ${name}`, async () => {
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: join(directory, 'every'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>(resolve => child.once('close', resolve));
    const told = await facts(tarSource(child.stdout, { roots: [] }), loss);
    const base = Buffer.from(join(directory, 'every'));
    const expected = await facts(directorySource([Buffer.from('.')], { base }), loss);
    assert.deepEqual(told, expected);
    assert.equal(await ended, 0);
  });
}

/** One line an entry, in the order of the paths' bytes; names of one file say the digest of its content. */
async function facts(source: TreeSource, loss: Loss): Promise<readonly string[]> {
  const lines: string[] = [];
  const digests = new Map<string, string>();
  const inodes = new Map<bigint, string[]>();
  for await (const batch of source.events({})) {
    for (const event of batch) {
      if (event.kind === 'left') continue;
      assert.ok(event.kind === 'entry', event.kind === 'failed' ? event.error.message : '');
      const { entry, content } = event;
      const path = bytePath(entry.path);
      if (path === loss.omits) continue;
      if (content !== undefined) {
        digests.set(path, await digestOf(content, digests));
        inodes.set(entry.inode, [...(inodes.get(entry.inode) ?? []), path]);
      }
      lines.push([path, described(entry, loss), digests.get(path)].join(' '));
    }
  }
  const shared = [...inodes.values()]
    .filter(paths => paths.length > 1)
    .map(paths => paths.sort().join(' = '));
  return [...lines, ...shared].sort();
}

async function digestOf(content: Content, digests: ReadonlyMap<string, string>): Promise<string> {
  if (content.kind === 'same-as') return digests.get(bytePath(content.path)) ?? 'nothing';
  const body = content.kind === 'path' ? createReadStream(content.path) : content.body;
  const hash = createHash('sha256');
  for await (const part of body) hash.update(part as Uint8Array);
  return hash.digest('hex');
}

function described(entry: Entry, { attributes, times: [step, least] }: Loss): string {
  const { type, mode, uid, gid, user, group, target, rdev } = entry;
  const floor = (entry.mtime / step - (entry.mtime % step < 0n ? 1n : 0n)) * step;
  const mtime = floor < least ? least : floor;
  const told = attributes
    ? []
    : entry.attributes.map(({ name, value }) => `${name}=${value.toString('hex')}`).sort();
  const mine = [type, mode.toString(8), uid, gid, user, group, mtime, target?.toString('hex'), rdev];
  return [...mine, ...told].join(' ');
}
