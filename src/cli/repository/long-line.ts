import { writeJson } from '#repository/format/go-json.ts';
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
  const { mode = 0, uid = 0, gid = 0, size = 0, type, linktarget = '' } = node;
  const owners = [uid, gid].map(id => writeJson(id).padStart(5));
  const target = type === 'symlink' ? ` -> ${quoteName(Buffer.from(linktarget))}` : '';
  const fields = [
    modeText(mode),
    ...owners,
    writeJson(size).padStart(6),
    timeText(node.mtime),
    quoteName(path),
  ];
  return fields.join(' ') + target;
}

/** In the zone of this machine. */
function timeText(time = ''): string {
  const nanoseconds = parseTime(time);
  if (nanoseconds === undefined) return '-'.padStart(19);
  const date = new Date(Number(nanoseconds / 1_000_000n));
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
