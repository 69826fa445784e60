import { readFile } from 'node:fs/promises';
import { run } from '../processes.ts';

/** Mount points below a directory, the last mounted first, from the text of `/proc/self/mountinfo`. */
export function mountsBelow(directory: string, mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map(line => unescape(line.split(' ')[4] ?? ''))
    .filter(at => at.startsWith(`${directory}/`))
    .reverse();
}

/** Unmounts everything below a directory, lazily where something still holds it. Resolves to what would not go. */
export async function unmountBelow(directory: string): Promise<string[]> {
  for (const flags of [['-n'], ['-n'], ['-n', '-l']]) {
    const mounted = await currentMounts(directory);
    if (mounted.length === 0) return [];
    await run(['umount', ...flags, ...mounted]); // what fails is seen in the next look at the mounts
  }
  return currentMounts(directory);
}

async function currentMounts(directory: string): Promise<string[]> {
  return mountsBelow(directory, await readFile('/proc/self/mountinfo', 'utf8'));
}

/** mountinfo writes space, tab, newline and backslash as octal escapes. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
