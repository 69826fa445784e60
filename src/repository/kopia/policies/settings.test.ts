import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPolicy } from '../format/policy.ts';
import { pathAbove, pathWithin } from './policy-paths.ts';
import { childPolicies, ignoreTreeOf, policyTree } from './policy-tree.ts';
import { compressorFor, metadataCompressorOf, sectionSizeOf } from './settings.ts';

test('compressors are chosen by size and the end of the name', () => {
  const policy = readPolicy({
    compression: { compressorName: 'zstd', minSize: 10, maxSize: 100, neverCompress: ['.gz'] },
  });
  assert.equal(compressorFor(policy, { name: 'a.txt', size: 10 }), 'zstd');
  assert.equal(compressorFor(policy, { name: 'a.gz', size: 10 }), undefined);
  assert.equal(compressorFor(policy, { name: 'a.txt', size: 9 }), undefined);
  assert.equal(compressorFor(policy, { name: 'a.txt', size: 101 }), undefined);
  assert.equal(compressorFor(readPolicy({}), { name: 'a', size: 1 }), undefined);
  assert.equal(
    metadataCompressorOf(readPolicy({ metadataCompression: { compressorName: 'none' } })),
    undefined,
  );
  assert.equal(sectionSizeOf(readPolicy({ upload: { parallelUploadAboveSize: 1000 } })), 1000);
  assert.equal(sectionSizeOf(readPolicy({})), -1);
});

test('what is defined below the root holds there alone, and is not merged', () => {
  const root = readPolicy({ files: { ignoreDotFiles: ['.kopiaignore'], ignoreCacheDirs: false } });
  const deep = readPolicy({ files: { ignore: ['x'] } });
  const tree = policyTree(root, new Map([['a/b', deep]]));
  assert.equal(childPolicies(tree, 'other').policy, root);
  const above = childPolicies(tree, 'a');
  assert.deepEqual([above.policy, above.defined], [root, false]);
  const own = childPolicies(above, 'b');
  assert.deepEqual([own.policy, own.defined], [deep, true]);
  assert.equal(childPolicies(own, 'c').policy, deep);
  const rules = ignoreTreeOf(tree);
  assert.equal(rules.skipCaches, false);
  assert.equal(rules.children.get('a')?.rules, undefined);
  assert.deepEqual(rules.children.get('a')?.children.get('b')?.rules?.dotIgnoreFiles, []);
});

test('paths lead upwards and downwards, also those of another system', () => {
  assert.deepEqual(['/a/b', '/a/', '/a', '/', 'a/b', 'a'].map(pathAbove), ['/a', '/', '/', '/', 'a', 'a']);
  assert.deepEqual(['C:\\a\\b', 'C:\\a', 'C:\\'].map(pathAbove), ['C:\\a', 'C:\\', 'C:\\']);
  assert.equal(pathWithin('/a', '/a/b/c'), 'b/c');
  assert.equal(pathWithin('/', '/a'), 'a');
  assert.equal(pathWithin('/a', '/ab'), undefined);
  assert.equal(pathWithin('/a', '/a'), undefined);
  assert.equal(pathWithin('C:\\a', 'C:\\a\\b\\c'), 'b/c');
});
