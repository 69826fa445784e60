import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The licences of the packages that the given files belong to, as one text; our own files are left out. */
export async function licencesOf(files: Iterable<string>): Promise<string> {
  const directories = new Set([...files].map(packageDirectory).filter(each => each !== undefined));
  const texts = await Promise.all([...directories].sort().map(licenceOf));
  const head = 'Hozon contains the following packages.\n';
  return [head, ...texts].join(`\n${'-'.repeat(80)}\n\n`);
}

/** The names of the packages that the given files belong to. */
export function packagesOf(files: Iterable<string>): string[] {
  const marker = `node_modules${sep}`;
  const directories = [...files].map(packageDirectory).filter(each => each !== undefined);
  return [...new Set(directories.map(each => each.slice(each.lastIndexOf(marker) + marker.length)))].sort();
}

/** `…/node_modules/@scope/name` of a file below it. */
function packageDirectory(file: string): string | undefined {
  const marker = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(marker);
  if (at < 0) return undefined;
  const [first = '', second = ''] = file.slice(at + marker.length).split(sep);
  return file.slice(0, at + marker.length) + (first.startsWith('@') ? join(first, second) : first);
}

async function licenceOf(directory: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;
  const names = (await readdir(directory)).filter(name => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  const texts = await Promise.all(names.map(name => readFile(join(directory, name), 'utf8')));
  if (texts.length === 0 && manifest.license === undefined) {
    throw new Error(`${manifest.name} says nothing of its licence`);
  }
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`;
  return [title, ...texts.map(text => text.trim())].join('\n\n');
}
