/**
 * Paths of snapshots' sources may be those of another system: kopia splits them at slashes and at backslashes, and lets a drive
 * stand before them.
 */
const pattern = /^([^]:(?=[/\\]))?([^]*)$/;

/** The path of the directory above; itself where there is none. */
export function pathAbove(path: string): string {
  const [, drive = '', whole = path] = pattern.exec(path) ?? [];
  const rest = whole.length > 1 ? whole.replace(/[/\\]$/, '') : whole;
  const last = Math.max(rest.lastIndexOf('/'), rest.lastIndexOf('\\'));
  if (last === -1) return path;
  return drive + rest.slice(0, Math.max(last, 1));
}

/** Where a path is below a directory, with `/` between; `undefined` where it is not below it. */
export function pathWithin(directory: string, path: string): string | undefined {
  const above = directory.replace(/\/$/, '').replace(/\\$/, '');
  if (!path.startsWith(above) || !/^[/\\]/.test(path.slice(above.length))) return undefined;
  const rest = path.slice(above.length + 1);
  const isWindows = /^[^]:[/\\]/.test(directory);
  return rest === '' ? undefined : isWindows ? rest.replaceAll('\\', '/') : rest;
}
