import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileSink, requireRoom } from '#etcd/save/file-sink.ts';
import { objectSink } from '#etcd/save/object-sink.ts';
import type { SnapshotSink } from '#etcd/save/sink.ts';
import { refuseLocations } from '#etcd/save/velero-locations.ts';
import { parseLocationUrl } from '#storage/location-url.ts';
import { expandHome } from '../../../config/path.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import type { Input } from '../../../spec.ts';
import { knownLocations, placeOfLocation } from './known-locations.ts';
import type { save } from './save-spec.ts';

export type SaveInput = Input<(typeof save)['flags']>;

/** Where a snapshot is to be kept, under which name. */
export interface Target {
  readonly sink: SnapshotSink;
  readonly name: string;
  /** Refuses a place that has no room for so many bytes, where that can be seen. @throws `etcd.save-no-space` */
  readonly requireRoom: (bytes: number) => Promise<void>;
}

/** Beyond the database itself: the file system goes on being used, and the checksum is part of the file. */
const spare = 1.05;

/**
 * What the argument and the flags mean.
 *
 * @param usualName what a file is called where nothing says it
 * @throws `cli.missing-argument`, `cli.conflicting-flags`, `cli.bad-value`, `etcd.save-velero-location`, and as opening the place does
 */
export async function targetOf(input: SaveInput, usualName: string, context: Context): Promise<Target> {
  const [given] = input.args;
  const { repo, name = usualName } = input.flags;
  requireFileName(name);
  if (repo !== undefined) {
    if (given !== undefined) throw cliErrors.raise['conflicting-flags']({ flags: ['--repo', given] });
    const { repositorySink } = await import('./repository-sink.ts');
    return { sink: await repositorySink(input.flags, context), name, requireRoom: async () => {} };
  }
  if (given === undefined) {
    throw cliErrors.raise['missing-argument']({
      argument: 'TARGET',
      help: 'hozon etcd snapshot save --help',
    });
  }
  return given.includes('://') ? inStore(given, name, context) : onDisk(given, input, name, context);
}

async function inStore(url: string, name: string, context: Context): Promise<Target> {
  const place = await placeOfLocation(parseLocationUrl(url));
  const { store } = await context.location(url);
  refuseLocations({ url: store.url, place, names: [name] }, await knownLocations(context));
  return { sink: objectSink(store), name, requireRoom: async () => {} };
}

async function onDisk(
  given: string,
  { flags }: SaveInput,
  usualName: string,
  context: Context,
): Promise<Target> {
  const path = resolve(expandHome(given, context.env));
  const isDirectory = given.endsWith('/') || (await isDirectoryAt(path));
  if (!isDirectory && flags.name !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--name', given] });
  }
  const [directory, name] = isDirectory ? [path, usualName] : [dirname(path), basename(path)];
  await requireRoom(directory, 0);
  const place = { kind: 'directory', path: await realpath(directory) } as const;
  refuseLocations({ url: directory, place, names: [name] }, await knownLocations(context));
  return {
    sink: fileSink(directory),
    name,
    requireRoom: bytes => requireRoom(directory, Math.ceil(bytes * spare)),
  };
}

async function isDirectoryAt(path: string): Promise<boolean> {
  const found = await stat(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR' || thrown.code === 'EACCES') return undefined;
    throw thrown;
  });
  return found?.isDirectory() === true;
}

/** One segment, no hidden file. @throws `cli.bad-value` */
function requireFileName(name: string): void {
  if (/^[^/.\p{Cc}][^/\p{Cc}]*$/u.test(name)) return;
  throw cliErrors.raise['bad-value']({ flag: '--name', given: name, expected: 'west-snapshot.db' });
}
