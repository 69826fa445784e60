import assert from 'node:assert/strict';
import { createCipheriv, hash } from 'node:crypto';
import { test } from 'node:test';
import { nextChunk } from '../../chunking/next-chunk.ts';
import { longestContent, makeSplitter, splitterNames } from './splitters.ts';

const mebi = 1024 * 1024;

/** How many contents kopia's own splitters made of {@link data}, and the beginning of the SHA-256 of the JSON of their lengths. */
const golden: Readonly<Record<string, readonly [number, string]>> = {
  DYNAMIC: [19, '9e3c898e65bf3335'],
  'DYNAMIC-128K-BUZHASH': [674, 'b0e597a243837516'],
  'DYNAMIC-128K-RABINKARP': [689, '8ac845c52f216407'],
  'DYNAMIC-1M-BUZHASH': [90, '65c0346af667abea'],
  'DYNAMIC-1M-RABINKARP': [88, 'bb0614a838fb8bec'],
  'DYNAMIC-256K-BUZHASH': [338, 'd7054aff5ef83579'],
  'DYNAMIC-256K-RABINKARP': [343, '483839e15e366a59'],
  'DYNAMIC-2M-BUZHASH': [46, 'c84efc329c4a742e'],
  'DYNAMIC-2M-RABINKARP': [43, '990227ac57a4c75b'],
  'DYNAMIC-4M-BUZHASH': [19, '9e3c898e65bf3335'],
  'DYNAMIC-4M-RABINKARP': [23, '9604765cfc3841d9'],
  'DYNAMIC-512K-BUZHASH': [168, '278959bd45eacb54'],
  'DYNAMIC-512K-RABINKARP': [173, '06b417917aaf12fa'],
  'DYNAMIC-8M-BUZHASH': [11, '617df8ce56a0122a'],
  'DYNAMIC-8M-RABINKARP': [11, 'baa18c11c9964eae'],
  FIXED: [24, 'a22f81b4c7f30a0e'],
  'FIXED-128K': [768, '97cfe8e930947ad4'],
  'FIXED-1M': [96, '722cda3c93c13e56'],
  'FIXED-256K': [384, 'f7a12084b7755bcf'],
  'FIXED-2M': [48, '2ebd354a506e070f'],
  'FIXED-4M': [24, 'a22f81b4c7f30a0e'],
  'FIXED-512K': [192, 'e3b5304d78af4c55'],
  'FIXED-8M': [12, 'c6c4c378a4bb18eb'],
};

/** 96 MiB that look random, with 10 MiB of zeros from 40 MiB on and 6 MiB of one line, again and again, from 60 MiB on. */
function data(): Buffer {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
  const bytes = cipher.update(Buffer.alloc(96 * mebi));
  bytes.fill(0, 40 * mebi, 50 * mebi);
  bytes.fill('some line that comes again\n', 60 * mebi, 66 * mebi);
  return bytes;
}

test("every splitter cuts where kopia's own does", () => {
  const bytes = data();
  assert.deepEqual(Object.keys(golden).sort(), [...splitterNames].sort());
  for (const name of splitterNames) {
    const lengths = lengthsOf(name, bytes);
    const said = [lengths.length, hash('sha256', JSON.stringify(lengths)).slice(0, 16)];
    assert.deepEqual(said, golden[name], name);
    assert.equal(Math.max(...lengths), Math.max(...lengths.slice(0, -1)), name);
    assert.ok(Math.max(...lengths) <= (longestContent(name) ?? 0), name);
  }
});

test('a name that kopia does not know is no splitter', () => {
  for (const name of ['', 'FIXED-3M', 'DYNAMIC-4M', 'DYNAMIC-4M-ROLLSUM']) {
    assert.equal(makeSplitter(name), undefined);
    assert.equal(longestContent(name), undefined);
  }
});

function lengthsOf(name: string, bytes: Buffer): number[] {
  const splitter = makeSplitter(name);
  assert.ok(splitter !== undefined);
  const lengths: number[] = [];
  const read = (into: Uint8Array, position: number): number => bytes.copy(into, 0, position);
  for (let at = 0; at < bytes.length; at += lengths.at(-1) ?? bytes.length) {
    lengths.push(nextChunk(splitter, read, at));
  }
  return lengths;
}
