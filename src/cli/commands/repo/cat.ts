import { writeJson } from '#repository/format/go-json.ts';
import { readBlob } from '#repository/restic/access/blobs.ts';
import { readDocument } from '#repository/restic/access/files.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { writeConfig } from '#repository/restic/format/config.ts';
import { isId } from '#repository/restic/format/ids.ts';
import { cliErrors } from '../../errors.ts';
import { byteStream } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { lockedRepository } from './open.ts';
import type { cat } from './specs/reading.ts';

export const run: Handler<typeof cat> = async ({ args: [type = '', id = ''], flags }, context) => {
  if (type !== 'config' && id === '') {
    throw cliErrors.raise['missing-argument']({ argument: 'ID', help: 'hozon repo cat --help' });
  }
  if (type !== 'config' && type !== 'snapshot' && !isId(id)) {
    throw cliErrors.raise['bad-value']({ flag: 'ID', given: id, expected: '64 × 0-9a-f' });
  }
  const { repository, signal } = await lockedRepository(flags, context, 'read');
  return byteStream(once(await contentOf(repository, { type, id }, signal)));
};

async function contentOf(
  repository: OpenRepository,
  { type, id }: { readonly type: string; readonly id: string },
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (type === 'config') return line(writeConfig(repository.config).toString());
  if (type === 'snapshot') {
    const { document } = await findSnapshot(repository, id, { signal });
    return line(writeJson(document));
  }
  if (type === 'index') return line(writeJson(await readDocument(repository, 'index', id, { signal })));
  const indexed = await loadIndex(repository, { signal });
  return readBlob(indexed, type === 'tree' ? 'tree' : 'data', id, { signal });
}

function line(text: string): Uint8Array {
  return Buffer.from(`${text}\n`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
