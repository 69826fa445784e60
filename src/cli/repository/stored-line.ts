import type { FoundEntry } from '#repository/browsing/walk.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { formatTime } from '#repository/format/go-time.ts';
import { longText, modeText } from './long-line.ts';

/** Go's bits of the types that formats without special files have. */
const typeBits: Readonly<Record<string, number>> = { dir: 2 ** 31, symlink: 2 ** 27 };

/** An entry's path, one a line. */
export function pathLine({ path }: FoundEntry): string {
  return quoteName(path);
}

/** An entry as `ls --long` shows it. */
export function storedLine({ path, entry }: FoundEntry): string {
  const { uid = 0, gid = 0, size = 0, mtime, target } = entry.described ?? {};
  const leads = target === undefined ? '' : ` -> ${quoteName(target)}`;
  return `${longText({ mode: goMode(entry), owners: [uid, gid], size, mtime })} ${quoteName(path)}${leads}`;
}

/** An entry with the names that restic has for what both formats know. */
export function storedJson(found: FoundEntry): string {
  return writeJson(storedData(found));
}

/** What {@link storedJson} writes. */
export function storedData({ path, entry }: FoundEntry) {
  const { type, described, directory, content } = entry;
  const { uid = 0, gid = 0, size = 0, mtime, target } = described ?? {};
  const mode = goMode(entry);
  return {
    path: quoteName(path),
    name: quoteName(Buffer.from(entry.name, 'latin1')),
    type,
    mode,
    permissions: modeText(mode),
    ...(mtime === undefined ? {} : { mtime: formatTime(mtime) }),
    uid,
    gid,
    ...(type === 'file' ? { size } : {}),
    ...(target === undefined ? {} : { linktarget: quoteName(target) }),
    ...(content.length === 0 ? {} : { content: [...content] }),
    ...(directory === undefined ? {} : { subtree: directory }),
  };
}

function goMode({ type, described }: FoundEntry['entry']): number {
  const mode = described?.mode ?? 0;
  const special = (bit: number, value: number): number => ((mode & bit) === 0 ? 0 : value);
  const bits = special(0o4000, 2 ** 23) + special(0o2000, 2 ** 22) + special(0o1000, 2 ** 20);
  return (mode & 0o777) + bits + (typeBits[type] ?? 0);
}
