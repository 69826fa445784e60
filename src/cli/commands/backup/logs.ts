import { readBackupLog } from '#archive/stored/backups.ts';
import { byteStream } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import type { logs } from './table.ts';

export const run: Handler<typeof logs> = async ({ args: [name = ''] }, context) => {
  const { store } = await context.location();
  return byteStream(readBackupLog(store, name, { signal: context.signal }));
};
