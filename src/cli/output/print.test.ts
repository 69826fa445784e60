import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { write } from './print.ts';

test('whoever waits for a slow reader often leaves nothing behind that listens', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const before = ['drain', 'close', 'error'].map(event => stream.listenerCount(event));
  const taken: string[] = [];
  for (let piece = 0; piece < 20; piece++) {
    const written = write(stream, `piece ${piece}\n`);
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      taken.push(String(chunk));
      break;
    }
    await written;
  }
  assert.equal(taken.length, 20);
  assert.deepEqual(
    ['drain', 'close', 'error'].map(event => stream.listenerCount(event)),
    before,
  );
});
