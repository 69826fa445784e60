import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { test } from 'node:test';
import { filesInOrder } from './order.ts';

test('files that take long come first, the others by name, each once', async () => {
  const files = await filesInOrder(['test/**/*.test.ts', 'test/velero/guide.test.ts']);
  const names = files.map(path => relative(process.cwd(), path));
  assert.equal(names[0], 'test/hosted-clusters/killed.test.ts');
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.length > 140);
  const others = names.slice(20); // as many are known to take long, and all of these are there
  assert.deepEqual(others, others.toSorted());
  assert.ok(!others.includes('test/repository/killed-s3.test.ts'));
});

test('what is no file is not there', async () => {
  assert.deepEqual(await filesInOrder(['test/nothing/*.test.ts', 'test/none.test.ts']), []);
});
