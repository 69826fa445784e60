import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { exceptions } from './exceptions.ts';

test('the guide tells of every difference that is meant', async () => {
  const guide = await readFile(new URL('../../docs/guides/velero.md', import.meta.url), 'utf8');
  const untold = exceptions.filter(({ title }) => !guide.includes(`| ${title} |`));
  assert.deepEqual(
    untold.map(({ title }) => title),
    [],
  );
});
