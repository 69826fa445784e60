import { type ContentId, isContentId } from './content-id.ts';

/** How an object is named: `I` for each level of lists above its contents, `Z` where it is compressed as a whole, and a content. */
export type ObjectId = string;

export interface ParsedObjectId {
  /** How many lists lie above the data: 0 where the content is the object itself. */
  readonly levels: number;
  /** Whether the content holds a compression header and compressed bytes, which only old repositories have. */
  readonly compressed: boolean;
  readonly content: ContentId;
}

/** Kopia itself nests no deeper than a few levels. */
const levelLimit = 16;

/** `undefined` for what is no object's name. A leading `D`, which old versions wrote, says nothing. */
export function parseObjectId(text: unknown): ParsedObjectId | undefined {
  const [match, lists = '', compressed = '', content = ''] =
    (typeof text === 'string' && /^(I*)(Z?)D?([0-9a-z]+)$/.exec(text)) || [];
  if (match === undefined || lists.length > levelLimit || !isContentId(content)) return undefined;
  if (compressed !== '' && lists !== '') return undefined;
  return { levels: lists.length, compressed: compressed !== '', content };
}

export function isObjectId(text: unknown): text is ObjectId {
  return parseObjectId(text) !== undefined;
}

/** The name of the object that this content is. */
export function directObject(content: ContentId): ObjectId {
  return content;
}

/** The name of the object whose parts the object `list` lists. */
export function indirectObject(list: ObjectId): ObjectId {
  return `I${list}`;
}
