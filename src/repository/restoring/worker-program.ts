import { existsSync } from 'node:fs';

/** The program of a worker thread. */
export interface WorkerProgram {
  /** Its source, which is run where this is run from source. */
  readonly source: URL;
  /** The name of its file beside the others of what was built. */
  readonly built: string;
  /** The first part of what the thread is given. */
  readonly repository: unknown;
}

/** The program's source where this is run from source; a file of its own in what was built. */
export function urlOfWorker({ source, built: name }: WorkerProgram): URL {
  if (import.meta.url.endsWith('.ts')) return source;
  const built = [`./${name}`, `../${name}`].map(path => new URL(path, import.meta.url));
  const found = built.find(url => existsSync(url));
  if (found === undefined) throw new Error(`${name} is missing near ${import.meta.url}`);
  return found;
}
