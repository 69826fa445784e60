import type { BlobInfo } from '../../access/blobs.ts';
import { type LogLimits, planLogs } from '../old-logs.ts';
import { deleteBlobs } from './delete-blobs.ts';
import type { MaintenanceWork, TaskResult } from './work.ts';

/** Deletes kopia's old logs; Hozon writes none into repositories. */
export async function cleanLogs(work: MaintenanceWork, limits: LogLimits): Promise<TaskResult> {
  const { repository, clock, dryRun, signal } = work;
  const logs = await Array.fromAsync(repository.blobs.list('_', { signal }));
  const { keep, remove } = planLogs(logs, limits, clock.now().getTime());
  const wanted = dryRun ? [] : remove;
  const { blobs: deleted, shortfall } = await deleteBlobs(work, wanted, { atOnce: 1 });
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
    shortfall,
  };
}

function sizeOf(blobs: readonly BlobInfo[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
