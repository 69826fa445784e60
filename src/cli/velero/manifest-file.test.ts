import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { runErrors } from '../errors.ts';
import { readManifest } from './manifest-file.ts';

const { signal } = new AbortController();
const yaml = 'apiVersion: velero.io/v1\nkind: Backup\nmetadata:\n  name: b\n';

const fromStdin = (text: string | Uint8Array) =>
  readManifest('-', 'Backup', { stdin: Readable.from([text]), signal });

async function file(t: TestContext, content: string | Uint8Array): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-manifest-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'b.yaml');
  await writeFile(path, content);
  return path;
}

test('YAML and JSON are read from a file and from stdin', async t => {
  const wanted = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'b' } };
  assert.deepEqual(await fromStdin(yaml), { source: 'stdin', content: wanted });
  const path = await file(t, JSON.stringify(wanted));
  const stdin = new PassThrough();
  assert.deepEqual(await readManifest(path, 'Backup', { stdin, signal }), { source: path, content: wanted });
});

test('separators around one document do not make several', async () => {
  assert.equal((await fromStdin(`---\n${yaml}---\n# nothing\n`)).content['kind'], 'Backup');
});

test('what cannot be used is refused, and says why', async t => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    [`${yaml}---\n${yaml}`, 'manifest-several', /2 objects/],
    ['a: [', 'manifest-syntax', /line 1/],
    ['a: 1\na: 2', 'manifest-syntax', /line 2/],
    ['', 'manifest-kind', /stdin/],
    ['- a', 'manifest-kind', /stdin/],
    [yaml.replace('Backup', 'Restore'), 'manifest-kind', /velero\.io\/v1 Restore/],
    [yaml.replace('velero.io/v1', 'v1'), 'manifest-kind', /v1 Backup/],
    [`${yaml}x: ${'x'.repeat(2_000_000)}`, 'manifest-unreadable', /stdin/],
  ];
  for (const [text, code, pattern] of refused) {
    await assert.rejects(
      fromStdin(text),
      thrown => isHozonError(thrown, `cli.${code}`) && pattern.test(thrown.message),
      code,
    );
  }
  const broken = await file(t, Uint8Array.of(0xff, 0xfe, 0xff));
  for (const path of [broken, '/no/such/file']) {
    await assert.rejects(
      readManifest(path, 'Backup', { stdin: new PassThrough(), signal }),
      thrown => isHozonError(thrown, 'cli.manifest-unreadable') && thrown.message.includes(path),
    );
  }
});

test('aliases that grow without bound are refused', async () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
  for (let at = 1; at < 10; at++) {
    const before = `*a${at - 1}`;
    lines.push(`a${at}: &a${at} [${Array.from({ length: 10 }, () => before).join(',')}]`);
  }
  await assert.rejects(fromStdin(yaml + lines.join('\n')), thrown =>
    isHozonError(thrown, 'cli.manifest-unreadable'),
  );
});

test('waiting for stdin ends with the run', async () => {
  const controller = new AbortController();
  const reading = readManifest('-', 'Backup', { stdin: new PassThrough(), signal: controller.signal });
  controller.abort(runErrors.raise.cancelled({ cause: 'SIGINT' }));
  await assert.rejects(reading, thrown => isHozonError(thrown, 'run.cancelled'));
});
