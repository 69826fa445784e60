import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStored } from './stored-value.ts';

/** A Widget of which a field is a list in a list in a list. */
function widget(levels: number): Buffer {
  const data = `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const metadata = '{"name":"deep","namespace":"shop"}';
  return Buffer.from(
    `{"apiVersion":"estate.example.com/v1","kind":"Widget","metadata":${metadata},"data":${data}}`,
  );
}

function stored(value: Buffer) {
  const key = Buffer.from('/registry/estate.example.com/widgets/shop/deep');
  const revisions = { createRevision: 1, modRevision: 1, version: 1, lease: 0n };
  return readStored({ key, value, ...revisions });
}

test('what is nested deep is read, and can be written again', () => {
  const found = stored(widget(999));
  assert.ok(found.kind === 'object');
  assert.equal(JSON.stringify(found.object['data']).length, 2 * 999);
});

test('what is nested so deep that nothing could walk through it cannot be read, which ends nothing', () => {
  for (const levels of [1001, 500_000]) {
    const found = stored(widget(levels));
    assert.ok(found.kind === 'unreadable' && /nested/.test(found.reason.en()), String(levels));
  }
});

test('what is no JSON is told as that', () => {
  const found = stored(Buffer.from('{"kind":'));
  assert.ok(found.kind === 'unreadable' && /JSON/.test(found.reason.en()));
});
