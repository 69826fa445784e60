import type { ObjectId } from './object-id.ts';

/** A part of an object. */
export interface ObjectPart {
  /** Where in the object it begins. */
  readonly start: number;
  readonly length: number;
  /** The part's own name: a content, or a list again. */
  readonly object: ObjectId;
}

/** The parts of an object, which follow each other without a gap. @throws Fault */
export function readIndirect(_plain: Uint8Array): readonly ObjectPart[] {
  throw new Error('unfinished');
}

/** The plain text of a list of parts. */
export function writeIndirect(_parts: readonly ObjectPart[]): Buffer {
  throw new Error('unfinished');
}
