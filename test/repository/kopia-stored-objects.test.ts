import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import { PreviousContents } from '#repository/kopia/backup/previous-contents.ts';
import { StoredObjects } from '#repository/kopia/backup/stored-objects.ts';
import type { ContentId } from '#repository/kopia/format/content-id.ts';
import { writeIndirect } from '#repository/kopia/format/indirect.ts';
import type { ObjectId } from '#repository/kopia/format/object-id.ts';
import type { KopiaWriter } from '#repository/kopia/writing/kopia-writer.ts';
import { openKopiaWriter } from '#repository/kopia/writing/plain-writer.ts';
import { MemoryStore } from './memory-store.ts';

const identity = { username: 'user', hostname: 'host' };

async function writing<T>(open: OpenKopia, write: (writer: KopiaWriter) => Promise<T>): Promise<T> {
  await using writer = openKopiaWriter(await loadContents(open), { clock: systemClock, identity });
  const written = await write(writer);
  await writer.flush();
  return written;
}

interface Part {
  readonly object: ObjectId;
  readonly length: number;
}

function listOf(parts: readonly Part[]): Buffer {
  let start = 0;
  return writeIndirect(
    parts.map(({ object, length }) => {
      start += length;
      return { start: start - length, length, object };
    }),
  );
}

test('an object is stored if all contents are that it, and its lists, consist of', async () => {
  const open = await initKopia(new MemoryStore(), {
    password: Buffer.from('secret'),
    owner: 'user@host',
    identity,
  });
  const made = await writing(open, async writer => {
    const contents: ContentId[] = [];
    const content = async (prefix: string, plain: Buffer): Promise<Part> => {
      const object = await writer.content(prefix, plain);
      contents.push(object);
      return { object, length: plain.length };
    };
    const data = async (text: string): Promise<Part> => content('', Buffer.from(text));
    const inner = [await data('one'), await data('two')];
    const list = await content('x', listOf(inner));
    const nested = [{ object: `I${list.object}`, length: 6 }, await data('three')];
    const bytes = listOf(nested);
    const halves = [await content('x', bytes.subarray(0, 30)), await content('x', bytes.subarray(30))];
    const { object } = await content('x', listOf(halves));
    return { contents, object: `II${object}` };
  });
  assert.equal(new Set(made.contents).size, 7);

  /** As one that has read nothing yet says it, and one that has. */
  const saidOf = async (object: ObjectId): Promise<unknown[]> => {
    const repository = await loadContents(open);
    await using writer = openKopiaWriter(repository, { clock: systemClock, identity });
    const objects = new StoredObjects(writer, new PreviousContents(repository));
    const first = objects.hasNow(object);
    return [first, await objects.has(object), await objects.has(object)];
  };
  assert.deepEqual(await saidOf(made.object), [undefined, true, true]);
  for (const content of made.contents) {
    const { plain, prefix } = await removed(open, content);
    assert.deepEqual((await saidOf(made.object)).slice(1), [false, false], content);
    assert.equal(await writing(open, writer => writer.content(prefix, plain)), content);
    assert.deepEqual((await saidOf(made.object)).slice(1), [true, true], content);
  }
  assert.deepEqual(await saidOf('no object'), [false, false, false]);
});

test('an object whose list was made by this very writer is stored before an index says so', async () => {
  const open = await initKopia(new MemoryStore(), {
    password: Buffer.from('secret'),
    owner: 'user@host',
    identity,
  });
  const repository = await loadContents(open);
  await using writer = openKopiaWriter(repository, { clock: systemClock, identity });
  const part = await writer.content('', Buffer.from('one'));
  const inner = listOf([{ object: part, length: 3 }]);
  const list = await writer.content('x', inner);
  const outer = await writer.content('x', listOf([{ object: list, length: inner.length }]));
  const objects = new StoredObjects(writer, new PreviousContents(repository));
  assert.deepEqual([objects.hasNow(`I${list}`), objects.hasNow(`II${outer}`)], [true, true]);
  await writer.flush();
  assert.deepEqual([await objects.has(`I${list}`), await objects.has(`II${outer}`)], [true, true]);
});

async function removed(open: OpenKopia, content: ContentId) {
  const plain = await new PreviousContents(await loadContents(open)).read(content);
  await writing(open, writer => writer.remove(content));
  return { plain, prefix: content.startsWith('x') ? 'x' : '' };
}
