import { idsIn } from '#repository/restic/access/files.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { cliErrors } from '../../errors.ts';
import { byteStream } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { lockFor, openRepository } from './open.ts';
import type { list } from './specs/list.ts';

/** What restic calls them, and the folders that they are in. */
const folders = {
  snapshots: 'snapshots',
  index: 'index',
  packs: 'data',
  keys: 'keys',
  locks: 'locks',
} as const;

export const run: Handler<typeof list> = async ({ args: [type = ''], flags }, context) => {
  const folder = Object.hasOwn(folders, type) ? folders[type as keyof typeof folders] : undefined;
  if (folder === undefined) {
    const expected = Object.keys(folders).join(' | ');
    throw cliErrors.raise['bad-value']({ flag: 'TYPE', given: type, expected });
  }
  const repository = await openRepository(flags, context);
  // a lock of its own would be among those listed
  const signal =
    folder === 'locks' ? context.signal : await lockFor(repository, flags, { context, use: 'read' });
  return byteStream(lines(repository, folder, signal));
};

async function* lines(
  { store }: OpenRepository,
  folder: Parameters<typeof idsIn>[1],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const { id } of idsIn(store, folder, { signal })) yield Buffer.from(`${id}\n`);
}
