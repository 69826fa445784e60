import { existsSync } from 'node:fs';

/**
 * The program of a worker thread: beside the file that asks in the sources; an entry of its own, beside the main program, in what was
 * built.
 *
 * @param own the `import.meta.url` of the file that asks
 * @param source the name of the program's source, beside it
 * @param built the name of what is built of it
 */
export function threadProgram(own: string, source: string, built: string): URL {
  if (own.endsWith('.ts')) return new URL(`./${source}`, own);
  const places = [`./${built}`, `../${built}`].map(path => new URL(path, own));
  const found = places.find(url => existsSync(url));
  if (found === undefined) throw new Error(`${built} is missing near ${own}`);
  return found;
}
