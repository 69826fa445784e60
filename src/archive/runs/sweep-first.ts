import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { RunReport } from './run-report.ts';
import { type SweepOptions, sweepInterrupted } from './sweep.ts';

/**
 * What a run does before it begins its own: {@link sweepInterrupted}, told in its log. Where the location cannot be
 * swept that is a warning, and the run goes on.
 */
export async function sweepFirst(
  store: ObjectStore,
  report: Pick<RunReport, 'info' | 'warning'>,
  options: SweepOptions,
): Promise<void> {
  try {
    const { removed, failedRestores, left } = await sweepInterrupted(store, options);
    for (const name of removed) report.info(`removed what an interrupted run left of backup ${name}`);
    for (const name of failedRestores) report.info(`recorded that restore ${name} was interrupted`);
    for (const { kind, name, reason } of left) report.info(`left ${kind} ${name} alone: ${reason}`);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    if (!isHozonError(thrown)) throw thrown;
    report.warning(failed(thrown));
  }
}

function failed(thrown: HozonError): Message {
  return {
    en: () =>
      `the storage location could not be searched for what interrupted runs left: ${thrown.explain('en')}`,
    ja: () =>
      `中断された実行の残りデータをストレージロケーションで確認できませんでした: ${thrown.explain('ja')}`,
  };
}
