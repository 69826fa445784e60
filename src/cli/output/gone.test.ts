import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { write } from './print.ts';

const failing = (code: string, isTTY: boolean) => {
  const stream = new Writable({
    autoDestroy: false,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  });
  return Object.assign(stream, { isTTY, columns: 80 }).on('error', () => {});
};

test('the last words to a terminal that went away fail nothing', async () => {
  await write(failing('EIO', true), 'Kept at: /backup/snapshot.db\n');
});

test('what cannot be written elsewhere fails', async () => {
  await assert.rejects(write(failing('EIO', false), 'text'), /EIO/);
  await assert.rejects(write(failing('ENOSPC', true), 'text'), /ENOSPC/);
});
