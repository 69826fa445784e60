import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseBeside, type Whereabouts } from './apart.ts';

const bucket = (name: string, credential = ''): Whereabouts => ({
  url: `s3://${name}`,
  place: { kind: 'bucket', bucket: name },
  credential,
});
const directory = (path: string): Whereabouts => ({
  url: path,
  place: { kind: 'directory', path },
  credential: undefined,
});

const beside = { code: 'hosted-cluster.key-beside' };

test('one bucket is beside, whatever opens it, and so is another one under the same credential', () => {
  assert.throws(() => refuseBeside(bucket('a', 'x'), bucket('a', 'y')), beside);
  assert.throws(() => refuseBeside(bucket('a', 'x'), bucket('b', 'x')), beside);
  refuseBeside(bucket('a', 'x'), bucket('b', 'y'));
});

test('a directory is beside itself and what is in it, not what merely begins like it', () => {
  assert.throws(() => refuseBeside(directory('/a'), directory('/a/')), beside);
  assert.throws(() => refuseBeside(directory('/a/b'), directory('/a')), beside);
  assert.throws(() => refuseBeside(directory('/a'), directory('/a/b')), beside);
  refuseBeside(directory('/a'), directory('/ab'));
});

test('a directory of this machine is apart from a bucket', () => {
  refuseBeside(bucket('a'), directory('/a'));
});
