import { randomBytes } from 'node:crypto';
import { roomIn } from '../../format/next-room.ts';
import type { SealedContent } from '../../pipeline/pack-filling.ts';
import type {
  CompletePack,
  PackedContent,
  PackKind,
  PackLayout,
  PackSlots,
} from '../../pipeline/pack-slots.ts';
import { contentIdOf } from '../format/content-id.ts';
import type { ContentHasher } from '../format/hashing.ts';
import { hashSizes } from '../format/hashing.ts';
import type { ContentEntry } from '../format/index.ts';
import { packBlobId, packPreamble, packTail } from '../format/pack.ts';
import type { RepositoryFormat } from '../format/repository-format.ts';
import type { ContentSealer } from '../format/sealing.ts';
import { longestContent } from '../splitting/splitters.ts';
import type { PackKind as PackLetter } from '../writing/open-pack.ts';

/** What begins the names of packs of each kind: those of file data, and those of everything else. */
export const packLetters: readonly [PackLetter, PackLetter] = ['p', 'q'];

/** Contents in a pack at most: memory for them is only taken as it is used. */
const entryLimit = 131_072;
/** The longest entry of an index besides its key, and what else follows the contents of a pack. Bytes. */
const [entrySize, tailSize] = [19, 3 * 4096];
/** What maintenance takes for short, and writes anew, is a pack below 0.6 of the full size. */
const longEnough = 0.7;

/** @param start bytes that a pack begins with: its preamble */
export function packLayout(
  format: Pick<RepositoryFormat, 'hash' | 'maxPackSize' | 'splitter'>,
  { start, overhead }: { readonly start: number; readonly overhead: number },
): PackLayout {
  const keySize = 1 + (hashSizes[format.hash] ?? 0);
  const target = format.maxPackSize;
  const longest = (longestContent(format.splitter) ?? 0) + overhead;
  return {
    keySize,
    start,
    target,
    room: start + Math.max(target, Math.ceil(longEnough * target) + longest),
    entryLimit,
    tailRoom: entryLimit * (keySize + entrySize) + tailSize,
  };
}

/** What makes whole packs. */
export interface PackMaking {
  readonly hash: ContentHasher;
  readonly sealer: ContentSealer;
  readonly indexVersion: 1 | 2;
  readonly version: number;
  /** The bytes of `kopia.repository`, where packs begin with a copy of them. */
  readonly replica: Uint8Array | undefined;
  /** The id of the session that packs are named after. */
  readonly session: () => string;
}

/** Makes a whole pack of a complete slot, or of one that was closed when nobody wrote to it. */
export function finishPack(
  making: PackMaking,
  slots: PackSlots,
  { slot, kind }: { readonly slot: number; readonly kind: PackKind },
): CompletePack {
  const length = slots.size(slot);
  const id = packBlobId(packLetters[kind], making.session(), randomBytes);
  slots.write(slot, 0, packPreamble(randomBytes, making.replica));
  const tail = tailOf(making, length, entriesOf(slots.contents(slot), { pack: id, making }));
  slots.write(slot, length, tail);
  return { slot, kind, size: length + tail.length, id };
}

/** Makes a pack of one content. */
export function packAlone(
  making: PackMaking,
  { kind, key, length, first, second, sealTo }: SealedContent,
): CompletePack {
  const id = packBlobId(packLetters[kind], making.session(), randomBytes);
  const preamble = packPreamble(randomBytes, making.replica);
  const content = { key, offset: preamble.length, length, first, second };
  const end = preamble.length + length;
  const tail = tailOf(making, end, entriesOf([content], { pack: id, making }));
  const bytes = Buffer.from(new ArrayBuffer(end + tail.length));
  bytes.set(preamble);
  sealTo(roomIn(bytes.subarray(preamble.length, end)));
  bytes.set(tail, end);
  return { kind, bytes, id, content };
}

/** What an index says of a pack's contents: their plain length and compression are the numbers of their entries in a slot. */
export function entriesOf(
  contents: readonly PackedContent[],
  { pack, making }: { readonly pack: string; readonly making: Pick<PackMaking, 'version'> },
): ContentEntry[] {
  const timestamp = Math.floor(Date.now() / 1000);
  return contents.map(({ key, offset, length, first, second }) => ({
    id: contentIdOf(key),
    pack,
    offset,
    length,
    timestamp,
    original: first,
    compression: second,
    formatVersion: making.version,
    deleted: false,
  }));
}

function tailOf(making: PackMaking, length: number, entries: readonly ContentEntry[]): Buffer {
  return packTail(length, entries, { ...making, random: randomBytes });
}
