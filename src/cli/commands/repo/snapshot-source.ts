import { posix } from 'node:path';
import { noProgress } from '#foundation/progress.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import type { Excludes } from '#repository/trees/excludes/exclusion.ts';
import { type ListedTargets, readPatterns, readTargets } from '#repository/trees/excludes/read-lists.ts';
import { nestedSource } from '#repository/trees/nested-source.ts';
import type { TreeSource } from '#repository/trees/source.ts';
import { streamSource } from '#repository/trees/stream-source.ts';
import { tarSource } from '#repository/trees/tar-source.ts';
import { walkingSource } from '#repository/trees/walk-thread/walking-source.ts';
import { workingDirectory } from '#repository/trees/working-directory.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { type FlagValues, say } from '../../spec.ts';
import type { snapshot } from './specs/snapshot.ts';

export type SnapshotFlags = FlagValues<(typeof snapshot)['flags']>;

/** What is to be stored. */
export interface Wanted {
  readonly source: TreeSource;
  /** Patterns, for the snapshot's own file. */
  readonly excludes: readonly string[];
}

/** @throws `cli.missing-argument`, `cli.bad-value`, and what reading lists and finding targets throw */
export async function wantedSource(
  paths: readonly string[],
  flags: SnapshotFlags,
  context: Context,
): Promise<Wanted> {
  if (flags.tar === true) return { source: tarStream(paths, flags, context), excludes: [] };
  if (flags.stdin === true) {
    const [other] = [...paths, ...listsOf(flags)];
    if (other !== undefined) throw badValue('--stdin', other, '--stdin [--stdin-filename PATH]');
    return { source: standardInput(flags, context), excludes: [] };
  }
  const { targets, unmatched } = await targetsOf(paths, flags, context);
  for (const pattern of unmatched) context.note(matchesNothing(pattern.toString()));
  if (targets.length === 0) {
    throw cliErrors.raise['missing-argument']({ argument: 'PATH', help: 'hozon repo snapshot --help' });
  }
  const excludes = await excludesOf(flags, context);
  const given = [...(excludes.patterns ?? []), ...(excludes.patternsIgnoringCase ?? [])];
  const source = walkingSource(targets, { excludes, scan: scans(flags, context) });
  context.defer(async () => source[Symbol.asyncDispose]());
  return { source, excludes: given.map(String) };
}

/** What a tar on stdin holds. */
export function tarStream(paths: readonly string[], flags: SnapshotFlags, { stdin }: Context): TreeSource {
  const [list] = listsOf(flags);
  if (flags.stdin === true || list !== undefined)
    throw badValue('--tar', list ?? '--stdin', '--tar [PATH …]');
  const roots = (paths.length === 0 ? ['/'] : paths).map(path => Buffer.from(posix.resolve('/', path)));
  return tarSource(stdin, { roots });
}

/** Whether to count what there is in all, which only progress shows. */
export function scans({ scan = true }: SnapshotFlags, { progress }: Context): boolean {
  return scan && progress !== noProgress;
}

/** Whether what is stored, or what says what is, comes in by stdin. */
export function takesStdin(flags: SnapshotFlags): boolean {
  return flags.stdin === true || flags.tar === true || listsOf(flags).includes('-');
}

function listsOf({ filesFrom = [], filesFromVerbatim = [], filesFromRaw = [] }: SnapshotFlags): string[] {
  return [...filesFrom, ...filesFromVerbatim, ...filesFromRaw];
}

/** Stdin as one file. */
export function standardInput(
  { stdinFilename = 'stdin' }: SnapshotFlags,
  { stdin, clock }: Context,
): TreeSource {
  const segments = stdinFilename.split('/').filter(each => each !== '' && each !== '.');
  if (segments.length === 0 || segments.includes('..')) {
    throw badValue('--stdin-filename', stdinFilename, 'NAME, DIRECTORY/NAME');
  }
  const name = Buffer.from(segments.pop() ?? '');
  const { uid, gid, username: user } = ownIdentity();
  const time = BigInt(clock.now().getTime()) * 1_000_000n;
  const source = streamSource(stdin, { name, time, uid, gid, user });
  if (segments.length === 0) return source;
  const unknown = { inode: 0n, device: 0n, links: 0n, size: 0, attributes: [] };
  const model = { type: 'dir', mode: 0o755, uid, gid, user, mtime: time, atime: time, ctime: time } as const;
  return nestedSource(source, Buffer.from(segments.join('/')), { ...model, ...unknown });
}

async function targetsOf(
  paths: readonly string[],
  { filesFrom, filesFromVerbatim, filesFromRaw }: SnapshotFlags,
  { stdin }: Context,
): Promise<ListedTargets> {
  const lists = { patterns: filesFrom, verbatim: filesFromVerbatim, raw: filesFromRaw };
  const listed = await readTargets(lists, {
    base: workingDirectory(),
    stdin: async () => Buffer.concat(await stdin.toArray()),
  });
  return { ...listed, targets: [...paths.map(path => Buffer.from(path)), ...listed.targets] };
}

/** What flags leave out. */
export async function excludesOf(flags: SnapshotFlags, { env }: Context): Promise<Excludes> {
  const { excludeFile = [], iexcludeFile = [], excludeLargerThan } = flags;
  return {
    patterns: [...buffers(flags.exclude), ...(await readPatterns(excludeFile, env))],
    patternsIgnoringCase: [...buffers(flags.iexclude), ...(await readPatterns(iexcludeFile, env))],
    ifPresent: buffers(flags.excludeIfPresent),
    caches: flags.excludeCaches,
    largerThan: excludeLargerThan === undefined ? undefined : sizeOf(excludeLargerThan),
    oneFileSystem: flags.oneFileSystem,
  };
}

function buffers(texts: readonly string[] = []): Buffer[] {
  return texts.map(text => Buffer.from(text));
}

const units: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/** As restic reads sizes: letters stand for powers of 1024. */
function sizeOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15})([kmgt]?)$/i.exec(text) ?? [];
  if (digits === undefined) throw badValue('--exclude-larger-than', text, '100, 20k, 3M, 4G, 1T');
  return Number(digits) * 1024 ** (units[unit.toLowerCase()] ?? 0);
}

function badValue(flag: string, given: string, expected: string): Error {
  return cliErrors.raise['bad-value']({ flag, given, expected });
}

function matchesNothing(pattern: string) {
  return say(
    `The pattern ${JSON.stringify(pattern)} matches nothing.`,
    `パターン ${JSON.stringify(pattern)} に一致するものはありません。`,
  );
}
