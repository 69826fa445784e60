import type { CompletePack, PackedContent, PackKind, PackSlots } from './pack-slots.ts';

/** A sealed content before it has a place. */
export interface SealedContent extends Omit<PackedContent, 'offset'> {
  readonly kind: PackKind;
  /** Writes the sealed bytes into memory of exactly their length. */
  readonly sealInto: (target: Uint8Array) => void;
}

/** What a format makes of places and slots. */
export interface PackMaker {
  readonly slots: PackSlots;
  /** Makes a whole pack of a slot that nobody writes to any more. */
  readonly finish: (slot: number, kind: PackKind) => CompletePack;
  /** Makes a pack of one content that no slot can take. */
  readonly alone: (content: SealedContent) => CompletePack;
  /** Told of each whole pack. */
  readonly complete: (pack: CompletePack) => void;
}

/** Puts a content into the open pack of its kind, and completes packs that are full by it. @throws CalledOff */
export function addToPack({ slots, finish, alone, complete }: PackMaker, content: SealedContent): void {
  const { kind, length } = content;
  if (length > slots.layout.target) {
    complete(alone(content));
    return;
  }
  const place = slots.reserve(kind, length, slot => complete(finish(slot, kind)));
  content.sealInto(slots.at(place, length));
  if (slots.written(place, content)) complete(finish(place.slot, kind));
}
