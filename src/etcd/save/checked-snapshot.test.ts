import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { checkedSnapshot, type StreamProof } from './checked-snapshot.ts';
import { craftedStream, inPieces } from './testing/crafted-stream.ts';

interface Passed {
  readonly bytes: Buffer;
  readonly proof: StreamProof | undefined;
}

async function pass(bytes: Buffer, sizes: readonly number[] = [32_768]): Promise<Passed> {
  const pieces: Uint8Array[] = [];
  let proof: StreamProof | undefined;
  const onProven = (proven: StreamProof): void => {
    proof = proven;
  };
  for await (const piece of checkedSnapshot(inPieces(bytes, sizes), { source: 'm0', onProven })) {
    pieces.push(Buffer.from(piece));
  }
  return { bytes: Buffer.concat(pieces), proof };
}

function refuses(bytes: Buffer, message: RegExp, sizes?: readonly number[]): Promise<void> {
  return assert.rejects(pass(bytes, sizes), thrown => {
    assert.ok(isHozonError(thrown, 'etcd.save-refused'), String(thrown));
    assert.match(thrown.message, message);
    assert.match(thrown.message, /snapshot of m0 /);
    return true;
  });
}

const content = Buffer.alloc(40 * 4096, 'some pages of a database');
const whole = craftedStream(content);
const pieceSizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 6 });

test('a whole snapshot passes unchanged and proven, however it is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(pieceSizes, async sizes => {
      const { bytes, proof } = await pass(
        whole,
        sizes.map(size => size + 100),
      );
      assert.ok(bytes.equals(whole));
      assert.deepEqual(proof, {
        size: whole.length,
        sha256: createHash('sha256').update(whole.subarray(0, -32)).digest('hex'),
        pageSize: 4096,
        pages: 42,
      });
    }),
    { numRuns: 30 },
  );
});

test('the checksum is found where it is cut into single bytes', async () => {
  const small = craftedStream(Buffer.alloc(1024, 1), 1024);
  const { bytes, proof } = await pass(small, [1]);
  assert.ok(bytes.equals(small));
  assert.equal(proof?.size, 3 * 1024 + 32);
});

test('pages of every size that there is are known', async () => {
  for (const pageSize of [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]) {
    const { proof } = await pass(craftedStream(Buffer.alloc(pageSize, 3), pageSize));
    assert.equal(proof?.pageSize, pageSize);
  }
});

test('whatever is cut off, the stream does not end as if it were whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), pieceSizes, async (length, sizes) => {
      const larger = sizes.map(size => size + 100);
      await assert.rejects(pass(whole.subarray(0, length), larger), thrown =>
        isHozonError(thrown, 'etcd.save-refused'),
      );
    }),
    { numRuns: 60 },
  );
});

test('whichever bit is turned, the stream does not end as if it were whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: whole.length - 1 }),
      fc.integer({ min: 0, max: 7 }),
      async (at, bit) => {
        const turned = Buffer.from(whole);
        turned[at] = (turned[at] ?? 0) ^ (1 << bit);
        await assert.rejects(pass(turned), thrown => isHozonError(thrown, 'etcd.save-refused'));
      },
    ),
    { numRuns: 60 },
  );
});

test('the refusal says what is wrong', async () => {
  await refuses(Buffer.alloc(0), /nothing came/);
  await refuses(Buffer.from('<html>502 Bad Gateway</html>'), /two sound meta pages/);
  await refuses(whole.subarray(0, 32_768), /ended after 32768 of 172064 bytes/);
  await refuses(whole.subarray(0, -32), /ended after 172032 of 172064 bytes/);
  await refuses(Buffer.concat([whole, Buffer.alloc(480)]), /does not end in a checksum/);
  await refuses(Buffer.concat([whole, Buffer.alloc(512)]), /its checksum is not that of its content/);
});

test('what is no database is refused before the rest is asked for', async () => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      asked++;
      yield Buffer.alloc(32_768, 'x');
    }
  }
  const checked = checkedSnapshot(endless(), { source: 'm0' });
  await assert.rejects(async () => {
    for await (const _ of checked);
  }, /two sound meta pages/);
  assert.ok(asked <= 4, String(asked));
});

test('an error of the source is thrown as it is, and leaving the stream ends the source', async () => {
  const broken = new Error('the connection broke');
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield whole.subarray(0, 4096);
    throw broken;
  }
  await assert.rejects(
    async () => {
      for await (const _ of checkedSnapshot(breaking(), { source: 'm0' }));
    },
    thrown => thrown === broken,
  );
  let ended = false;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* inPieces(whole, [4096]);
    } finally {
      ended = true;
    }
  }
  for await (const _ of checkedSnapshot(watched(), { source: 'm0' })) break;
  assert.equal(ended, true);
});
