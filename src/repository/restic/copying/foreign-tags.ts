import type { BrowsedSnapshot } from '../../browsing/browsable.ts';
import { keptTags, originTag, pathsTag, tagsTag } from '../../copying/kept-in-tags.ts';

/** The tags, and where they are known the paths, that a snapshot of another format has as one of restic's. */
export function resticTags({ tags, pins, description = '', incomplete }: BrowsedSnapshot): {
  readonly tags: readonly string[];
  readonly paths: readonly string[] | undefined;
} {
  const kept = (name: string): readonly string[] | undefined => {
    const found = tags.find(tag => tag.startsWith(`${name}:`));
    return found === undefined ? undefined : listIn(found.slice(name.length + 1));
  };
  const ours = [originTag, pathsTag, tagsTag];
  const own = tags.filter(tag => !ours.some(name => tag.startsWith(`${name}:`)));
  return {
    tags: [
      ...(kept(tagsTag) ?? own),
      ...(description === '' ? [] : [keptTags.description + description]),
      ...pins.map(pin => keptTags.pin + pin),
      ...(incomplete === undefined ? [] : [keptTags.incomplete + incomplete]),
    ],
    paths: kept(pathsTag),
  };
}

function listIn(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(each => typeof each === 'string') ? list : undefined;
  } catch {
    return undefined; // somebody else's tag of that name
  }
}
