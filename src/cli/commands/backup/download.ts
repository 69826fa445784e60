import { resolve } from 'node:path';
import { downloadBackup } from '#archive/stored/backups.ts';
import { formatBytes } from '#foundation/format.ts';
import { byteStream, description } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { saveFile } from '../../velero/save-file.ts';
import { backupTexts } from './messages.ts';
import type { download } from './table.ts';

export const run: Handler<typeof download> = async ({ args: [name = ''], flags }, context) => {
  const { store } = await context.location();
  const { signal, progress } = context;
  if (flags.output === '-') {
    return byteStream(
      whenRead(() => downloadBackup(store, name, { signal })),
      { binary: true },
    );
  }
  const path = resolve(flags.output ?? `${name}-data.tar.gz`);
  let total: number | undefined;
  const size = await saveFile(
    path,
    async () => {
      const body = await downloadBackup(store, name, { signal });
      total = body.size;
      return body;
    },
    {
      replace: flags.force === true,
      onWritten: done => progress({ phase: 'download', done, total, unit: 'bytes', current: name }),
    },
  );
  return description({
    data: { backup: name, path, size },
    name: path,
    text: backupTexts.saved({ name, path, size: formatBytes(size) }),
    notes: [backupTexts.secrets],
  });
};

/** Opens the body only when it is iterated: a terminal is refused before that. */
async function* whenRead(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield* await open();
}
