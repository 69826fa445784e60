import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { gathered } from './gathered.ts';

const idle = { idleMs: 600_000, idle: () => new Error('idle') };

function sourceOf(pieces: readonly Buffer[]): Readable {
  return Readable.from(pieces, { objectMode: true, highWaterMark: 2 });
}

test('every byte comes, in order, in pieces of a MiB, however it was cut', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, async lengths => {
      const pieces = lengths.map((length, at) => Buffer.alloc(length, at));
      const got = await Array.fromAsync(gathered(sourceOf(pieces), idle));
      assert.ok(Buffer.concat(got).equals(Buffer.concat(pieces)));
      for (const piece of got.slice(0, -1)) assert.ok(piece.length >= 1024 * 1024);
      assert.ok(got.every(({ length }) => length > 0));
    }),
    { numRuns: 30 },
  );
});

test('a stream that nobody reads on from is not read on', async () => {
  let given = 0;
  function* endless(): Generator<Buffer> {
    for (;;) {
      given++;
      yield Buffer.alloc(512 * 1024);
    }
  }
  const stream = Readable.from(endless(), { objectMode: true, highWaterMark: 2 });
  const pieces = gathered(stream, idle);
  await pieces.next();
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  assert.ok(given <= 10, `${given} of them were taken`);
  await pieces.return(undefined);
  stream.destroy();
});

test('what breaks a stream is thrown, and so is silence', async () => {
  const broken = new Error('gone');
  async function* breaking(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10);
    throw broken;
  }
  await assert.rejects(Array.fromAsync(gathered(Readable.from(breaking()), idle)), t => t === broken);
  const silent = new Readable({ read() {} });
  silent.push(Buffer.alloc(10));
  await assert.rejects(Array.fromAsync(gathered(silent, { ...idle, idleMs: 10 })), /idle/);
  const closed = new Readable({ read() {} });
  const reading = Array.fromAsync(gathered(closed, idle));
  closed.destroy();
  await assert.rejects(reading, /closed before its end/);
});
