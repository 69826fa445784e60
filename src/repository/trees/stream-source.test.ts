import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamSource } from './stream-source.ts';

const options = {
  name: Buffer.from('dump.sql'),
  time: 1_700_000_000_000_000_001n,
  uid: 7,
  gid: 8,
  user: 'someone',
};

async function* body(): AsyncGenerator<Buffer> {
  yield Buffer.from('insert');
}

test('a stream is one file', async () => {
  const source = streamSource(body(), options);
  assert.deepEqual(source.roots, [Buffer.from('/dump.sql')]);
  const [event, ...others] = (await Array.fromAsync(source.events({}))).flat();
  assert.ok(event?.kind === 'entry' && event.content?.kind === 'stream' && others.length === 0);
  const { path, type, mode, mtime, uid, user } = event.entry;
  assert.deepEqual(
    [path.toString(), type, mode, mtime, uid, user],
    ['dump.sql', 'file', 0o644, options.time, 7, 'someone'],
  );
  assert.equal(Buffer.concat(await Array.fromAsync(event.content.body)).toString(), 'insert');
  await assert.rejects(Array.fromAsync(source.events({})), /once/);
});

test('a name is one segment', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\0b']) {
    assert.throws(() => streamSource(body(), { ...options, name: Buffer.from(name) }), /not a name/, name);
  }
});
