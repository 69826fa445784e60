import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import type { BlobInfo } from '../access/blobs.ts';
import { naming } from '../access/naming.ts';
import type { OpenKopia } from '../access/open.ts';
import {
  type MaintenanceRun,
  type MaintenanceSchedule,
  openSchedule,
  runsKept,
  sealSchedule,
} from '../format/maintenance-blob.ts';
import type { PastRuns } from './run-history.ts';

/** The blob that says when maintenance is due and what was done. */
export const scheduleBlobId = 'kopia.maintenance';
/** Bytes: fifty runs of a dozen tasks, each with an error's text. */
const scheduleLimit = 16 * 1024 * 1024;

/** Nothing is planned and nothing was done. */
const noSchedule: MaintenanceSchedule = { nextFull: undefined, nextQuick: undefined, runs: {} };

/** When maintenance is due and what was done. @throws `repository.damaged` */
export async function readSchedule(
  repository: OpenKopia,
  options: StoreOptions = {},
): Promise<MaintenanceSchedule> {
  return (await StoredSchedule.read(repository, options)).schedule;
}

/** {@link MaintenanceSchedule.runs} in milliseconds. */
export function pastRunsOf({ runs }: MaintenanceSchedule): PastRuns {
  return task =>
    (runs[task] ?? []).map(({ start, end, success }) => ({
      start: Number(start / 1_000_000n),
      end: Number(end / 1_000_000n),
      success,
    }));
}

/** The schedule of a repository as it is stored, for who changes it: nobody else may meanwhile. */
export class StoredSchedule {
  readonly #repository: OpenKopia;
  #schedule: MaintenanceSchedule;
  #bytes: Buffer | undefined;

  private constructor(repository: OpenKopia, schedule: MaintenanceSchedule, bytes: Buffer | undefined) {
    this.#repository = repository;
    this.#schedule = schedule;
    this.#bytes = bytes;
  }

  /** @throws `repository.damaged` */
  static async read(repository: OpenKopia, options: StoreOptions): Promise<StoredSchedule> {
    const bytes = await repository.blobs.find(scheduleBlobId, { ...options, limit: scheduleLimit });
    if (bytes === undefined) return new StoredSchedule(repository, noSchedule, undefined);
    const schedule = await naming(repository.store, scheduleBlobId, async () =>
      openSchedule(bytes, repository),
    );
    return new StoredSchedule(repository, schedule, bytes);
  }

  get schedule(): MaintenanceSchedule {
    return this.#schedule;
  }

  /** Puts another in its place. @throws `repository.maintenance-elsewhere` where somebody else has done so since */
  async change(schedule: MaintenanceSchedule, options: StoreOptions): Promise<BlobInfo> {
    await this.#refuseIfChanged(options);
    const bytes = sealSchedule(schedule, this.#repository);
    const stored = await this.#repository.blobs.put(scheduleBlobId, bytes, options);
    this.#schedule = schedule;
    this.#bytes = bytes;
    return stored;
  }

  /** Notes that a task has ended. @throws as {@link change} does */
  async report(task: string, run: MaintenanceRun, options: StoreOptions): Promise<void> {
    const { runs } = this.#schedule;
    const ofTask = [run, ...(runs[task] ?? [])].slice(0, runsKept);
    await this.change({ ...this.#schedule, runs: { ...runs, [task]: ofTask } }, options);
  }

  async #refuseIfChanged(options: StoreOptions): Promise<void> {
    const { blobs, store } = this.#repository;
    const bytes = await blobs.find(scheduleBlobId, { ...options, limit: scheduleLimit });
    const same = bytes === undefined ? this.#bytes === undefined : this.#bytes?.equals(bytes) === true;
    if (!same) throw raise['maintenance-elsewhere']({ url: store.url });
  }
}

/** What a run is remembered to have failed of. */
export function errorText(thrown: unknown): string {
  return isHozonError(thrown)
    ? thrown.explain('en')
    : thrown instanceof Error
      ? thrown.message
      : String(thrown);
}
