import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Verify, verifyHere } from '../../checking/verifying-threads.ts';
import { idOf } from '../format/ids.ts';
import { type BlobType, type PackedBlob, writeHeader } from '../format/pack.ts';
import { compress } from '../format/zstd.ts';
import { seal } from '../sealing/seal.ts';
import { verifyingThreads } from './check-packs.ts';
import { type PackToVerify, type PackVerdict, packVerifiers } from './pack-verifier.ts';

const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
const threads = verifyingThreads(key, 2);
const directory = await mkdtemp(join(tmpdir(), 'hozon-verifying-'));
let files = 0;
after(async () => rm(directory, { recursive: true }));
after(async () => threads[Symbol.asyncDispose]());

/** Each pack lies in a file that threads read by themselves. */
const fromFile: VerifyPack = async (pack, { body }) => {
  const path = join(directory, String(files++));
  await writeFile(path, Buffer.concat(await Array.fromAsync(await body())));
  const read = { by: 'path' };
  const found = await threads.verify(pack, {
    path: async () => path,
    body: () => {
      read.by = 'stream';
      return body();
    },
  });
  const { size } = await stat(path);
  assert.equal(read.by, size === pack.size ? 'path' : 'stream');
  return found;
};

const ways: readonly (readonly [string, VerifyPack])[] = [
  ['in this thread', verifyHere(packVerifiers(key))],
  ['in others', threads.verify],
  ['in others, from files', fromFile],
];

type VerifyPack = Verify<PackToVerify, PackVerdict>;

interface Pack {
  readonly bytes: Buffer;
  readonly id: string;
  readonly places: readonly PackedBlob[];
}

function makePack(sizes: readonly number[]): Pack {
  const parts: Buffer[] = [];
  const places: PackedBlob[] = [];
  let offset = 0;
  for (const [number, size] of sizes.entries()) {
    const content = number % 3 === 0 ? Buffer.alloc(size, number) : randomBytes(size);
    const compressed = number % 2 === 0 && size > 0;
    const sealed = seal(key, compressed ? compress(content) : content);
    const type: BlobType = 'data';
    places.push({
      id: idOf(content),
      type,
      offset,
      length: sealed.length,
      uncompressed: compressed ? size : 0,
    });
    parts.push(sealed);
    offset += sealed.length;
  }
  const bytes = Buffer.concat([...parts, writeHeader(key, places)]);
  return { bytes, id: idOf(bytes), places };
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function verdict(
  verify: VerifyPack,
  pack: PackToVerify,
  bytes: Uint8Array,
  size = 100_000,
): Promise<PackVerdict> {
  return verify(pack, { body: async () => inPieces(bytes, size) });
}

for (const [name, verify] of ways) {
  test(`a pack that is as it was has nothing wrong, however it is cut into pieces: ${name}`, async () => {
    const { bytes, id, places } = makePack([1_500_000, 0, 17, 700_000, 3, 900_000]);
    for (const size of [4096, 65_537, 512 * 1024, 10_000_000]) {
      const found = await verdict(verify, { id, size: bytes.length, places }, bytes, size);
      assert.deepEqual(found, { lost: [], fault: undefined }, String(size));
    }
  });

  test(`whichever byte is flipped, it is found, and the blob that it belongs to is lost: ${name}`, async () => {
    const { bytes, id, places } = makePack([200_000, 50, 0, 70_000, 999]);
    for (let at = 0; at < bytes.length; at += 1 + Math.floor((bytes.length / 60) * Math.random())) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      const found = await verdict(verify, { id, size: bytes.length, places }, flipped);
      const hit = places.findIndex(({ offset, length }) => offset <= at && at < offset + length);
      assert.deepEqual(found, { lost: hit < 0 ? [] : [hit], fault: 'otherBytes' }, String(at));
    }
  });

  test(`of a pack that was cut off, the blobs before the cut are not lost: ${name}`, async () => {
    const { bytes, id, places } = makePack([200_000, 50, 70_000, 999]);
    for (const size of [0, 1, 100_000, bytes.length - 1]) {
      const found = await verdict(verify, { id, size, places }, bytes.subarray(0, size));
      const lost = places.flatMap(({ offset, length }, at) => (offset + length > size ? [at] : []));
      assert.deepEqual(found, { lost, fault: 'packSize' }, String(size));
    }
  });

  test(`an index that names other blobs than the header is found: ${name}`, async () => {
    const { bytes, id, places } = makePack([5000, 5000, 700]);
    const [first, second, third] = places;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const other = [first, { ...second, id: idOf(Buffer.of(1)) }, third];
    const found = await verdict(verify, { id, size: bytes.length, places: other }, bytes);
    assert.deepEqual(found, { lost: [1], fault: 'otherBytes' });
    const otherType = [first, { ...second, type: 'tree' as const }, third];
    const mistaken = await verdict(verify, { id, size: bytes.length, places: otherType }, bytes);
    assert.deepEqual(mistaken, { lost: [], fault: 'indexDiffers' });
  });

  test(`places that overlap are each looked at: ${name}`, async () => {
    const { bytes, id, places } = makePack([300_000, 300_000]);
    const [first, second] = places;
    assert.ok(first !== undefined && second !== undefined);
    const across = { ...second, offset: first.offset + 1000 };
    const sorted = [first, across, second];
    const found = await verdict(verify, { id, size: bytes.length, places: sorted }, bytes);
    assert.deepEqual(found, { lost: [1], fault: 'packSize' });
  });

  test(`a stream that fails is thrown, and the next pack is not affected: ${name}`, async () => {
    const { bytes, id, places } = makePack([300_000]);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1000);
      throw new Error('the connection is gone');
    }
    const pack = { id, size: bytes.length, places };
    const broken = verify(pack, { body: async () => failing() });
    const whole = Array.from({ length: 6 }, () => verdict(verify, pack, bytes));
    await assert.rejects(broken, /the connection is gone/);
    for (const found of await Promise.all(whole)) assert.deepEqual(found, { lost: [], fault: undefined });
  });
}

test('many packs at once come each to their own verdict', async () => {
  const packs = Array.from({ length: 40 }, (_, number) => makePack([number * 10_000, 50_000, number]));
  const found = await Promise.all(
    packs.map(({ bytes, id, places }, number) => {
      const damaged = Buffer.from(bytes);
      if (number % 2 === 1) damaged[damaged.length - 1] = 0xff;
      return verdict(threads.verify, { id, size: bytes.length, places }, damaged, 30_000);
    }),
  );
  for (const [number, { lost, fault }] of found.entries()) {
    assert.deepEqual([lost, fault], [[], number % 2 === 1 ? 'otherBytes' : undefined], String(number));
  }
});
