import { type Json, writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { parseTime } from '#repository/format/go-time.ts';
import type { Entry } from '#repository/restic/reading/browse.ts';

/** The bits of Go's `os.FileMode` above the permissions, and the letter of each, in Go's order. */
const letters = [
  [31, 'd'],
  [27, 'L'],
  [26, 'D'],
  [25, 'p'],
  [24, 'S'],
  [23, 'u'],
  [22, 'g'],
  [21, 'c'],
  [20, 't'],
  [19, '?'],
] as const;

/** A mode as Go writes it: `drwxr-xr-x`, `ugtrwxr-xr-x`. */
export function modeText(mode: number): string {
  const kinds = letters.filter(([bit]) => ((mode >>> bit) & 1) === 1).map(([, letter]) => letter);
  const permissions = Array.from({ length: 9 }, (_, at) =>
    ((mode >> (8 - at)) & 1) === 1 ? 'rwx'.charAt(at % 3) : '-',
  );
  return (kinds.join('') || '-') + permissions.join('');
}

/** An entry as `restic ls --long` shows it: mode, owner, group, size, time, path, and where a symlink leads. */
export function longLine({ path, node }: Entry): string {
  const { mode = 0, uid = 0, gid = 0, size = 0, type, linktarget = '', mtime = '' } = node;
  const target = type === 'symlink' ? ` -> ${quoteName(Buffer.from(linktarget))}` : '';
  const fields = longText({ mode, owners: [uid, gid], size, mtime: parseTime(mtime) });
  return `${fields} ${quoteName(path)}${target}`;
}

/** What stands before the path: the mode as Go has it, owners, bytes, and the time in nanoseconds since 1970. */
export function longText({
  mode,
  owners,
  size,
  mtime,
}: {
  readonly mode: number;
  readonly owners: readonly Json[];
  readonly size: Json;
  readonly mtime: bigint | undefined;
}): string {
  const ids = owners.map(id => writeJson(id).padStart(5));
  return [modeText(mode), ...ids, writeJson(size).padStart(6), timeText(mtime)].join(' ');
}

/** In the zone of this machine. */
function timeText(nanoseconds: bigint | undefined): string {
  if (nanoseconds === undefined) return '-'.padStart(19);
  const date = new Date(Number(nanoseconds / 1_000_000n));
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
