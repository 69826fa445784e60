import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { copyTo } from '../format/next-room.ts';
import { PackUnwritten, pieceSize } from './pack-file.ts';
import { PackFiller, type PackMaker, type SealedContent } from './pack-filling.ts';
import { type CompletePack, newSlots, type PackedContent, type PackLayout, PackSlots } from './pack-slots.ts';
import { Calling } from './shared-lock.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-filling-'));
});
after(() => rmSync(directory, { recursive: true }));

const layout: PackLayout = {
  keySize: 4,
  start: 3,
  target: 3 * pieceSize,
  room: 4 * pieceSize,
  entryLimit: 40,
  tailRoom: 100,
};

/** What a pack holds, and where. */
interface Pack {
  readonly kind: number;
  readonly bytes: string;
  readonly contents: readonly unknown[];
}

const slotCount = 3;

/** Packs of contents that one thread fills, with a head and a tail around them, as in the memory or the files of slots. */
function packsOf(contents: readonly SealedContent[], inFiles: boolean): Pack[] {
  const slots = new PackSlots(newSlots(layout, slotCount), new Calling(Calling.memory()));
  const paths = Array.from({ length: slotCount }, (_, slot) => join(directory, `${slot}`));
  const files = inFiles ? paths.map(path => openSync(path, 'w+')) : [];
  const packs: Pack[] = [];
  const take = (slot: number): void => {
    const size = slots.size(slot);
    slots.write(slot, 0, Buffer.from('abc'));
    slots.write(slot, size, Buffer.from('tail'));
    const pieces: Buffer[] = [];
    slots.read(slot, size + 4, piece => void pieces.push(Buffer.from(piece)));
    const bytes = Buffer.concat(pieces).toString('latin1');
    if (inFiles) assert.equal(readFileSync(paths[slot] ?? '', 'latin1').slice(0, size + 4), bytes);
    packs.push({ kind: kinds[slot] ?? -1, bytes, contents: slots.contents(slot).map(plainOf) });
    slots.release(slot, files[slot]);
  };
  const kinds: number[] = [];
  const finish: PackMaker['finish'] = (slot, kind) => {
    kinds[slot] = kind;
    return { slot, kind, size: slots.size(slot), id: '' };
  };
  const alone = (content: SealedContent): CompletePack => {
    const bytes = new Uint8Array(content.length);
    let at = 0;
    content.sealTo(length => bytes.subarray(at, (at += length)));
    return { kind: content.kind, bytes, id: '', content: { ...content, offset: 0 } };
  };
  const complete = (pack: CompletePack): void => {
    if ('slot' in pack) take(pack.slot);
    else packs.push({ kind: pack.kind, bytes: Buffer.from(pack.bytes).toString('latin1'), contents: [] });
  };
  for (let slot = 0; slot < slotCount; slot++) slots.release(slot, files[slot]);
  const filler = new PackFiller({ slots, finish, alone, complete });
  for (const content of contents) filler.add(content);
  filler.flush();
  for (const kind of [0, 1] as const) {
    const slot = slots.closeOpen(kind);
    if (slot !== undefined) complete(finish(slot, kind));
  }
  for (const file of files) closeSync(file);
  return packs;
}

function plainOf({ key, ...content }: PackedContent): unknown {
  return { ...content, key: Buffer.from(key).toString('latin1') };
}

/** The same by the rules alone: a content comes into the open pack of its kind unless there is no room, and closes one that is full. */
function expectedOf(contents: readonly SealedContent[]): Pack[] {
  const packs: Pack[] = [];
  const open = new Map<number, { bytes: Buffer[]; size: number; contents: unknown[] }>();
  const close = (kind: number): void => {
    const pack = open.get(kind);
    open.delete(kind);
    if (pack === undefined) return;
    const bytes = Buffer.concat([Buffer.from('abc'), ...pack.bytes, Buffer.from('tail')]).toString('latin1');
    packs.push({ kind, bytes, contents: pack.contents });
  };
  for (const content of contents) {
    const { kind, key, length, first, second } = content;
    const parts: Buffer[] = [];
    content.sealTo(size => {
      const part = Buffer.alloc(size);
      parts.push(part);
      return part;
    });
    const bytes = Buffer.concat(parts);
    if (length > layout.target) {
      packs.push({ kind, bytes: bytes.toString('latin1'), contents: [] });
      continue;
    }
    if ((open.get(kind)?.size ?? layout.start) + length > layout.room) close(kind);
    const pack = open.get(kind) ?? { bytes: [], size: layout.start, contents: [] };
    open.set(kind, pack);
    pack.contents.push({ ...(plainOf({ key, offset: pack.size, length, first, second }) as object) });
    pack.bytes.push(bytes);
    pack.size += length;
    if (pack.size >= layout.target || pack.contents.length === layout.entryLimit) close(kind);
  }
  close(0);
  close(1);
  return packs;
}

const lengths = fc.oneof(
  fc.nat(300),
  fc.nat(pieceSize),
  fc.integer({ min: pieceSize - 2, max: pieceSize + 2 }),
  fc.nat(layout.target + 10),
);
const contentsOf = fc.array(fc.record({ length: lengths, kind: fc.constantFrom(0 as const, 1 as const) }), {
  maxLength: 120,
});
const source = randomBytes(layout.target + 1000);

function sealed(
  { length, kind }: { readonly length: number; readonly kind: 0 | 1 },
  at: number,
): SealedContent {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(at);
  const text = source.subarray(at, at + length);
  return { kind, key, length, first: at, second: length, sealTo: next => copyTo(text, next) };
}

test('packs in memory, and packs in files, are those that the rules give, whatever comes', () => {
  fc.assert(
    fc.property(contentsOf, described => {
      const contents = described.map(sealed);
      const byBytes = (packs: readonly Pack[]): Pack[] =>
        packs.toSorted((a, b) => (a.bytes < b.bytes ? -1 : 1));
      const expected = byBytes(expectedOf(contents));
      for (const inFiles of [false, true]) assert.deepEqual(byBytes(packsOf(contents, inFiles)), expected);
    }),
    { numRuns: rounds(40) },
  );
});

test('what the system refuses of a pack is no error of the file that is read', () => {
  const slots = new PackSlots(newSlots(layout, slotCount), new Calling(Calling.memory()));
  const full = openSync('/dev/full', 'r+');
  try {
    slots.release(1, full);
    const filler = new PackFiller({
      slots,
      finish: () => assert.fail('no pack is whole'),
      alone: () => assert.fail('no content is alone'),
      complete: () => assert.fail('no pack is whole'),
    });
    filler.add(sealed({ length: 100, kind: 0 }, 0));
    for (const act of [
      () => filler.flush(),
      () => filler.add(sealed({ length: 2 * pieceSize, kind: 0 }, 1)),
    ]) {
      assert.throws(act, thrown => {
        assert.ok(thrown instanceof PackUnwritten);
        assert.deepEqual([thrown.slot, (thrown.reason as NodeJS.ErrnoException).code], [1, 'ENOSPC']);
        assert.ok(!('code' in thrown));
        return true;
      });
    }
  } finally {
    closeSync(full);
  }
});

test('a pack that was cut short while it was written is told as that, not as a refusal of the system', () => {
  const slots = new PackSlots(newSlots(layout, slotCount), new Calling(Calling.memory()));
  const file = openSync(join(directory, 'short'), 'w+');
  try {
    slots.release(1, file);
    slots.write(1, 0, Buffer.from('abc'));
    assert.throws(() => slots.read(1, 4, () => {}), {
      name: 'Error',
      message: 'a pack of 4 bytes has only 3',
    });
  } finally {
    closeSync(file);
  }
});
