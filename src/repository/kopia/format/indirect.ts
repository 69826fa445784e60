import { Fault } from '../../format/fault.ts';
import { writeJson } from '../../format/go-json.ts';
import { countField, documentOf, listField, objectIn } from './document-fields.ts';
import { isObjectId, type ObjectId } from './object-id.ts';
import { reasons } from './reasons.ts';

/** A part of an object. */
export interface ObjectPart {
  /** Where in the object it begins. */
  readonly start: number;
  readonly length: number;
  /** The part's own name: a content, or a list again. */
  readonly object: ObjectId;
}

/** What every list says it is. */
const stream = 'kopia:indirect';

/** The parts of an object, which follow each other without a gap. @throws Fault */
export function readIndirect(plain: Uint8Array): readonly ObjectPart[] {
  const reason = reasons.indirect;
  const document = documentOf(plain, reason);
  if (document['stream'] !== stream) throw new Fault(reason);
  let end = 0;
  return listField(document, 'entries', reason).map(each => {
    const entry = objectIn(each, reason);
    const start = countField(entry, 's', reason);
    const length = countField(entry, 'l', reason);
    const object = entry['o'];
    if (start !== end || !isObjectId(object)) throw new Fault(reason);
    end = start + length;
    return { start, length, object };
  });
}

/** The plain text of a list of parts. */
export function writeIndirect(parts: readonly ObjectPart[]): Buffer {
  const entries = parts.map(({ start, length, object }) => ({
    s: start === 0 ? undefined : start,
    l: length === 0 ? undefined : length,
    o: object,
  }));
  return Buffer.from(`${writeJson({ stream, entries })}\n`);
}
