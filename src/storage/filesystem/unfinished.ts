import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { raise } from '../errors.ts';
import type { UnfinishedWrite } from '../object-store.ts';
import { isAbsent, isRefused } from './failures.ts';
import { isOwnDirectory, unfinishedDirectory } from './places.ts';
import { isLeftBehind, thisWriter, writerOf } from './writers.ts';

/**
 * The writes below `root` that nobody will finish, of keys that begin with `prefix`; see `writers.ts` for the policy.
 * One whose writer died while it made the directories holds no byte and knows only the beginning of its key: it is listed
 * under that beginning, for every prefix that the whole key may have had. One that may not be looked at is not listed.
 */
export async function* leftBehind(
  root: string,
  prefix: string,
  clock: Clock = systemClock,
): AsyncGenerator<UnfinishedWrite> {
  const directory = join(root, unfinishedDirectory);
  if (!(await isOwnDirectory(root, directory))) return;
  for (const id of await namesIn(directory)) {
    const trace = await traceOf(directory, id);
    if (trace === undefined || !mayBelong(trace, prefix)) continue;
    const idle = clock.now().getTime() - trace.alive.getTime();
    if (await isLeftBehind(writerOf(id), await thisWriter(), idle)) {
      yield { key: trace.key, begun: trace.begun, id, writerIsGone: true };
    }
  }
}

/** Removes what {@link leftBehind} listed. */
export async function removeLeftBehind(root: string, url: string, write: UnfinishedWrite): Promise<void> {
  const { id, key } = write;
  if (id === '' || id === '.' || id === '..' || id.includes('/')) {
    throw raise['invalid-key']({ key: id, reason: 'it does not name an unfinished write' });
  }
  const directory = join(root, unfinishedDirectory);
  if (await isOwnDirectory(root, directory)) await removeAll(join(directory, id));
  else if ((await namesIn(directory)).length > 0) throw raise.symlink({ url, key });
}

async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (thrown) {
    if (!isAbsent(thrown)) throw thrown; // somebody else removes it, too
  }
}

function mayBelong({ key, isWhole }: Trace, prefix: string): boolean {
  if (key.startsWith(prefix)) return true;
  return !isWhole && (key === '' || prefix.startsWith(`${key}/`));
}

interface Trace {
  /** Or its beginning. */
  readonly key: string;
  /** Whether it is the whole key: the file is there. */
  readonly isWhole: boolean;
  readonly begun: Date;
  /** When bytes were last written, or the writer last touched the file. */
  readonly alive: Date;
}

/** What lies in a write's directory: the key's own path, or the beginning of it where the writer came no further. */
async function traceOf(directory: string, id: string): Promise<Trace | undefined> {
  try {
    let at = join(directory, id);
    let stat = await lstat(at);
    const begun = stat.birthtimeMs > 0 ? stat.birthtime : stat.mtime;
    const segments: string[] = [];
    while (stat.isDirectory()) {
      const [name] = await readdir(at);
      if (name === undefined) break;
      segments.push(name);
      at = join(at, name);
      stat = await lstat(at);
    }
    return { key: segments.join('/'), isWhole: !stat.isDirectory(), begun, alive: stat.mtime };
  } catch (thrown) {
    if (isAbsent(thrown) || isRefused(thrown)) return undefined; // finished meanwhile, or of somebody else
    throw thrown;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
}
