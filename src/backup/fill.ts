import { type ArchiveWriter, createArchive } from '#archive/contents/archive-writer.ts';
import type { BackupRun } from '#archive/runs/backup-run.ts';
import type { RunReport } from '#archive/runs/run-report.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { collect } from './collect/collect.ts';
import type { Inventory } from './collect/inventory.ts';
import type { Preparation } from './collect/prepare.ts';
import type { HookCounts } from './hooks/hook.ts';
import { liveRelatedReader } from './related/reader.ts';
import type { BackupRequest } from './request.ts';
import { lookUpVolumes } from './volume-lookup.ts';
import { DataLedger } from './volumes.ts';

export interface FillOptions {
  readonly request: BackupRequest;
  readonly preparation: Preparation;
  readonly api: KubeApi;
  readonly report: RunReport;
  readonly hookCounts: HookCounts;
  readonly clock: Clock;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a stored archive holds. */
export interface Content {
  readonly inventory: Inventory;
  readonly volumeInfos: readonly VolumeInfo[];
  readonly hookCounts: HookCounts;
}

/**
 * Collects objects into an archive while it is uploaded. Either fails the other: an upload that breaks stops the
 * collecting, and a collection that ends early stores no archive. Rejects with what came first.
 */
export async function fillArchive(run: BackupRun, options: FillOptions): Promise<Content> {
  const { clock, progress = noProgress } = options;
  const broken = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, broken.signal]) : broken.signal;
  const archive = createArchive({ signal, clock });
  const upload = run.putArchive(counted(archive.bytes, progress)).catch((thrown: unknown) => {
    broken.abort(thrown);
    throw thrown;
  });
  upload.catch(() => {}); // it is awaited below; until then it must not count as unhandled
  try {
    const content = await fill(archive, { ...options, signal });
    await archive.finish();
    await upload;
    return content;
  } catch (thrown) {
    archive.abort(thrown);
    const failure: unknown = await upload.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    throw isHozonError(thrown, 'archive.unread') ? (failure ?? thrown) : thrown;
  }
}

async function fill(archive: ArchiveWriter, options: FillOptions): Promise<Content> {
  const { api, report, hookCounts, request, preparation, progress = noProgress, signal } = options;
  const data = new DataLedger(request.spec, preparation.volumePolicies);
  const inventory = await collect({
    archive,
    api,
    report,
    request,
    preparation,
    progress,
    signal,
    hookCounts,
    related: liveRelatedReader({ api, report, signal }),
    onStored: item => data.note(item),
  });
  await lookUpVolumes(data, { api, report, signal, discovery: preparation.discovery });
  return { inventory, hookCounts, volumeInfos: data.finish(report) };
}

/** Tells of the bytes as they are drawn. */
async function* counted(bytes: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of bytes) {
    done += chunk.length;
    yield chunk;
    progress({ phase: 'upload', done, unit: 'bytes' });
  }
}
