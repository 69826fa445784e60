import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Fault } from '../../format/fault.ts';
import { idOf } from '../format/ids.ts';
import { compress } from '../format/zstd.ts';
import { seal } from '../sealing/seal.ts';
import { BlobOpener } from './blob-opener.ts';
import { openBlob } from './blobs.ts';

const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };

/** A blob, sealed, in memory that threads share. */
function sealedBlob(content: Buffer, { compressed }: { readonly compressed: boolean }) {
  const sealed = seal(key, compressed ? compress(content) : content);
  const shared = new Uint8Array(new SharedArrayBuffer(sealed.length));
  shared.set(sealed);
  const uncompressed = compressed ? content.length : 0;
  const blob = { id: idOf(content), type: 'data', offset: 0, length: sealed.length, uncompressed } as const;
  return { blob, sealed: shared };
}

test('blobs of all sizes are opened one after the other, compressed and as they are', () => {
  const opener = new BlobOpener(key);
  for (const size of [1, 9_000_000, 300, 0, 70_000, 8_400_000, 5]) {
    for (const compressed of size === 0 ? [false] : [true, false]) {
      const content = Buffer.concat([randomBytes(size >> 1), Buffer.alloc(size - (size >> 1))]);
      const { blob, sealed } = sealedBlob(content, { compressed });
      const before = Buffer.from(sealed);
      assert.deepEqual(Buffer.from(opener.open(blob, sealed)), content, `${size} ${compressed}`);
      assert.deepEqual(Buffer.from(sealed), before, 'they are not touched');
      assert.deepEqual(Buffer.from(opener.openInPlace(blob, sealed)), content, `${size} ${compressed}`);
    }
  }
});

test('what is damaged, another blob, or of another size is a fault, and the next blob is opened', () => {
  const opener = new BlobOpener(key);
  const content = Buffer.from('the content '.repeat(100));
  for (const compressed of [true, false]) {
    const make = () => sealedBlob(content, { compressed });
    const { blob, sealed } = make();
    for (const at of [0, 16, 20, sealed.length - 1]) {
      const { sealed: changed } = make();
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.throws(() => opener.open(blob, changed), Fault);
      assert.throws(() => opener.openInPlace(blob, changed), Fault);
    }
    assert.throws(() => opener.openInPlace(blob, sealed.subarray(0, 31)), Fault);
    assert.throws(() => opener.openInPlace({ ...blob, id: idOf(Buffer.of(1)) }, make().sealed), Fault);
    const sizes = compressed ? [content.length - 1, content.length + 1, 2 ** 31] : [content.length + 1];
    for (const uncompressed of sizes) {
      assert.throws(() => openBlob(key, { ...blob, uncompressed }, make().sealed), Fault);
      assert.throws(() => opener.openInPlace({ ...blob, uncompressed }, make().sealed), Fault);
    }
    assert.deepEqual(openBlob(key, blob, make().sealed), content);
    assert.deepEqual(Buffer.from(opener.openInPlace(blob, make().sealed)), content);
  }
});
