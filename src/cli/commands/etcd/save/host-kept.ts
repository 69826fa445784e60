import { type HostFiles, hostFiles } from '#etcd/hosts/host-files.ts';
import { type HostFailure, withFailure } from '#etcd/hosts/members.ts';
import type { Saved, SavedFile } from '#etcd/save/sink.ts';
import type { V2Answer } from '#etcd/v2/v2-data.ts';
import { HozonError } from '#foundation/errors.ts';
import type { Context } from '../../../context.ts';
import { say } from '../../../spec.ts';
import type { HostOnHand, HostsReached } from './from-host.ts';
import { type SaveInput, targetOf } from './target.ts';

/** What lies on hosts beside a snapshot, and was kept. */
export interface HostKept {
  readonly files: readonly Saved[];
  /** Whether there is v2 data, where it was looked for: unknown where it is of any of the hosts. */
  readonly v2: V2Answer | undefined;
  /** Hosts that were not reached, and those of which not everything was kept. */
  readonly failures: readonly HostFailure[];
}

/** Whether all that was asked for of hosts is kept, as far as anybody knows. */
export function isWhole({ failures, v2 }: HostKept): boolean {
  return failures.length === 0 && v2?.v2Data !== 'unknown';
}

interface Keeping {
  readonly input: SaveInput;
  readonly stamp: string;
  readonly context: Context;
}

/**
 * Keeps what lies on the hosts alone, where `--host-files` says. Every host is looked at before anything is written. Of several, one that
 * fails is part of the answer; each file is kept whole or not at all.
 */
export async function saveHostFiles(reached: HostsReached, keeping: Keeping): Promise<HostKept> {
  const { context, input } = keeping;
  const { hostFiles: place } = input.flags;
  if (place === undefined) {
    context.note(notTaken);
    return { files: [], v2: undefined, failures: reached.failures };
  }
  let { failures } = reached;
  const isOnly = input.flags.host?.length === 1;
  const attempt = async <T>(host: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (thrown) {
      if (isOnly || context.signal.aborted || !isOfHost(thrown)) throw thrown;
      failures = withFailure(failures, host, thrown);
      return undefined;
    }
  };
  const looked = new Map<HostOnHand, HostFiles>();
  for (const each of reached.found) {
    const found = await attempt(each.host.name, () => filesOn(each, reached, keeping));
    if (found !== undefined) looked.set(each, found);
  }
  const files: Saved[] = [];
  try {
    for (const [{ host }, found] of looked) {
      await attempt(host.name, async () => {
        for (const file of found.files) files.push(await kept(file, place, keeping));
      });
    }
  } catch (thrown) {
    noteKept(files, context);
    throw thrown;
  }
  return { files, v2: together([...looked.values()].map(({ v2 }) => v2)), failures };
}

/** Of several answers the one that is furthest from none. */
function together(answers: readonly V2Answer[]): V2Answer | undefined {
  const order = ['unknown', 'present', 'absent'];
  return answers.toSorted((a, b) => order.indexOf(a.v2Data) - order.indexOf(b.v2Data))[0];
}

/** Says what is kept although its snapshot is not. */
export function noteKept(files: readonly Saved[], { note }: Context): void {
  for (const { place } of files) note(keptAlone(place));
}

async function filesOn(
  each: HostOnHand,
  { chosen }: HostsReached,
  { input, stamp, context }: Keeping,
): Promise<HostFiles> {
  const { force } = input.flags;
  const { signal } = context;
  const found = await hostFiles(each.scratch, each.member, {
    stamp,
    force,
    isBeside: each !== chosen,
    signal,
  });
  if (found.v2.v2Data === 'unknown') context.note(unknown(each.host.name, found.v2));
  return found;
}

async function kept(file: SavedFile, place: string, { input, context }: Keeping): Promise<Saved> {
  const here = { ...input.flags, repo: undefined, name: undefined };
  const { sink, name } = await targetOf({ args: [asDirectory(place)], flags: here }, file.name, context);
  return sink.store({ ...file, name }, { signal: context.signal });
}

/** What fails on a host, and not where its files are kept. That pods are being rolled out is known before anything is kept, and refused. */
function isOfHost(thrown: unknown): thrown is HozonError {
  if (!(thrown instanceof HozonError) || thrown.code === 'etcd.host-rolling-out') return false;
  return /^(?:remote\.|etcd\.host-)/.test(thrown.code);
}

/** Several files are kept there, each under its own name. */
function asDirectory(place: string): string {
  return place.endsWith('/') || place.includes('://') ? place : `${place}/`;
}

const notTaken = say(
  'Only the snapshot is taken. Take what lies on the host alone with --host-files TARGET.',
  'スナップショットだけを取得します。ホストだけにあるものも取得するには --host-files TARGET を指定してください。',
);

function unknown(host: string, { reason }: V2Answer) {
  return say(
    `Whether there is v2 data on ${host} is not known, so none was taken: ${reason.en()}`,
    `${host} に v2 データがあるか確認できないため、取得していません: ${reason.ja()}`,
  );
}

function keptAlone(place: string) {
  return say(
    `${place} was taken of the host and is kept, although its snapshot is not: it holds keys, so remove it if it is not needed`,
    `スナップショットは保存していませんが、ホストから取得した ${place} は残っています。鍵を含むため、不要な場合は削除してください`,
  );
}
