/** kopia's own tags, as its command line makes them, begin with this in the manifest; those of others, as Velero's, do not. */
const ownPrefix = 'tag:';

export type Tags = Readonly<Record<string, string>>;

/** A change of tags in the words of a person: `name:value`, or a name alone, whose value is empty. */
export type TagEdit =
  | { readonly set: readonly string[] }
  | { readonly add: readonly string[]; readonly remove: readonly string[] };

/**
 * The tags after a change. Each name has one value: adding another replaces it. To be removed, a tag may be named with its value or
 * without. `undefined` where nothing changes.
 */
export function editTags(tags: Tags, edit: TagEdit): Tags | undefined {
  const kept = 'set' in edit ? {} : withoutNamed(tags, edit.remove);
  const added = 'set' in edit ? edit.set : edit.add;
  const after: Record<string, string> = { ...kept };
  for (const text of added) {
    const [name = '', ...value] = text.split(':');
    after[storedName(name, tags)] = value.join(':');
  }
  return isSame(tags, after) ? undefined : after;
}

function withoutNamed(tags: Tags, removed: readonly string[]): Tags {
  const isRemoved = ([name, value]: [string, string]): boolean =>
    removed.includes(shownName(name)) || removed.includes(`${shownName(name)}:${value}`);
  return Object.fromEntries(Object.entries(tags).filter(each => !isRemoved(each)));
}

function shownName(name: string): string {
  return name.startsWith(ownPrefix) ? name.slice(ownPrefix.length) : name;
}

/** A name that the snapshot has as somebody else wrote it stays so. */
function storedName(shown: string, tags: Tags): string {
  return Object.hasOwn(tags, shown) ? shown : ownPrefix + shown;
}

function isSame(a: Tags, b: Tags): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name]);
}
