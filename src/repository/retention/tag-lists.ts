/** Tags that have to be there together. The empty tag stands for having none. */
export type TagList = readonly string[];

/** Reads `a,b`, without white space around each. */
export function parseTagList(text: string): TagList {
  return text.split(',').map(tag => tag.trim());
}

/** Whether all tags of the list are there; the empty tag is where there are none, and then what follows it does not matter. */
export function hasTags(tags: readonly string[], list: TagList): boolean {
  for (const tag of list) {
    if (tag === '' && tags.length === 0) return true;
    if (!tags.includes(tag)) return false;
  }
  return true;
}
