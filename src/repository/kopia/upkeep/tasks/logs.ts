import type { BlobInfo } from '../../access/blobs.ts';
import { type LogLimits, planLogs } from '../old-logs.ts';
import type { MaintenanceWork, TaskResult } from './work.ts';

/** Deletes kopia's old logs; Hozon writes none into repositories. */
export async function cleanLogs(work: MaintenanceWork, limits: LogLimits): Promise<TaskResult> {
  const { repository, signal, clock, dryRun } = work;
  const logs = await Array.fromAsync(repository.blobs.list('_', { signal }));
  const { keep, remove } = planLogs(logs, limits, clock.now().getTime());
  if (!dryRun) for (const { id } of remove) await repository.blobs.delete(id, { signal });
  const deleted = dryRun ? [] : remove;
  return {
    kind: 'cleanupLogsStats',
    data: {
      toDeleteBlobCount: remove.length,
      toDeleteBlobSize: sizeOf(remove),
      deletedBlobCount: deleted.length,
      deletedBlobSize: sizeOf(deleted),
      retainedBlobCount: keep.length,
      retainedBlobSize: sizeOf(keep),
    },
  };
}

function sizeOf(blobs: readonly BlobInfo[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
