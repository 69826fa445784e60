import { type BigIntStats, readlinkSync, statSync } from 'node:fs';

/**
 * Where this process is, in bytes. As the shell says it (`PWD`) if that is true: a path through symlinks stays as the person
 * knows it, and as restic writes it into a snapshot.
 */
export function workingDirectory(env: Readonly<Record<string, string | undefined>> = process.env): Buffer {
  const said = env['PWD'];
  if (said?.startsWith('/') === true && isHere(said)) return Buffer.from(said);
  try {
    return readlinkSync('/proc/self/cwd', 'buffer');
  } catch {
    return Buffer.from(process.cwd());
  }
}

function isHere(path: string): boolean {
  const here = statSync('.', { bigint: true });
  const there: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there?.ino === here.ino && there.dev === here.dev;
}
