import { randomBytes } from 'node:crypto';
import { after } from '#foundation/timed-signals.ts';
import { remoteErrors, saidBy } from '#remote/errors.ts';
import type { Argument, Ending, Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import { usualStallMs, watchForStall } from '../save/stall.ts';

export interface ScratchOptions {
  /** Told of what could not be removed from the host again. */
  readonly onLeft?: ((path: string, thrown: unknown) => void) | undefined;
  /** How long a directory may not grow, and then nothing of it come, before that is given up. {@link usualStallMs} unless given. */
  readonly stallMs?: number | undefined;
}

export interface ScratchWork {
  /** The directory on the host that the new one is made in. */
  readonly within: string;
  /** What the new one's name begins with. */
  readonly prefix: string;
  /** The command that fills it. What it writes to stdout counts as said, not as output. */
  readonly fill: (directory: string) => readonly Argument[];
  /** A line of a POSIX shell whose stdout is the output; `$d` is the directory. */
  readonly output: string;
  /** What the command is called in messages. */
  readonly called: string;
  /** The error of an exit status. */
  readonly failure: (ending: Ending) => Error;
  readonly signal?: AbortSignal | undefined;
}

/** Directories on a host that hold copies of its data while they are read, and nothing after. */
export interface HostScratch {
  readonly host: Host;
  /**
   * What a command makes of a new directory that only the user can enter. The host itself removes it when the output
   * ends, when nobody reads on, when the signal aborts, and when this machine or the network dies meanwhile.
   *
   * @throws (the iteration) `etcd.host-stalled`, `remote.*`
   */
  read(work: ScratchWork): AsyncGenerator<Buffer>;
  /** Waits until what was left early is removed as well, for a bounded time: before the host is let go. */
  settled(): Promise<void>;
}

/**
 * One command, so that nothing has to be asked of the host for the directory to go. The signals come again and again until
 * it has ended: once it is at the removal they are no longer heard. Shells say that a command was killed, and would die of saying it
 * where nobody listens any more.
 */
const program = (output: string): string => `
set -e
umask 077
d=$1
shift
trap 'trap "" HUP INT TERM; rm -rf -- "$d"' EXIT
trap 'trap "" HUP INT TERM; exit 143' HUP INT TERM
trap : PIPE
mkdir -- "$d"
"$@" >&2
${output}
`;

/** Milliseconds that the removal may take, which is tried even after an abort; and with the end of what ran before it. */
const removalTimeout = 60_000;
const settlingTimeout = 75_000;

export function hostScratch(
  host: Host,
  { onLeft, stallMs = usualStallMs }: ScratchOptions = {},
): HostScratch {
  const open = new Set<Promise<void>>();
  return {
    host,
    async *read({ within, prefix, fill, output, called, failure, signal }) {
      const directory = `${within}/${prefix}-${randomBytes(8).toString('hex')}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      open.add(promise);
      using watch = watchForStall({
        stallMs,
        stalled: () => raise['host-stalled']({ host: host.name, command: called, seconds: stallMs / 1000 }),
        measure: each => bytesIn(host, directory, each),
        signal,
      });
      try {
        const command = ['/bin/sh', '-c', program(output), 'sh', directory, ...fill(directory)];
        const { stdout, ended } = host.stream(command, { signal: watch.signal });
        yield* watch.through(stdout);
        const ending = await ended;
        if (ending.code !== 0) throw failure(ending);
      } finally {
        await makeSure(host, directory, onLeft);
        open.delete(promise);
        resolve();
      }
    },
    async settled() {
      using limit = after(settlingTimeout);
      const { promise, resolve } = Promise.withResolvers<void>();
      limit.signal.addEventListener('abort', () => resolve(), { once: true });
      await Promise.race([Promise.all(open), promise]);
    },
  };
}

/** How much a directory holds; -1 where it is not there yet, `undefined` where that cannot be counted. */
async function bytesIn(host: Host, directory: string, signal: AbortSignal): Promise<number | undefined> {
  const { code, stdout, stderr } = await host.run(['du', '-sb', '--', directory], { signal });
  const [, bytes] = /^(\d+)\s/.exec(stdout.toString()) ?? [];
  if (bytes !== undefined) return Number(bytes); // also where a file vanished that was counted
  return code !== 0 && stderr.includes('No such file') ? -1 : undefined;
}

/** The host may have been too slow to remove it within the grace that it has, or been cut off. */
async function makeSure(host: Host, directory: string, onLeft: ScratchOptions['onLeft']): Promise<void> {
  try {
    const signal = AbortSignal.timeout(removalTimeout);
    const { code, stderr } = await host.run(['rm', '-rf', '--', directory], { signal });
    if (code === 0) return;
    throw remoteErrors.raise['command-failed']({
      host: host.name,
      command: `rm -rf ${directory}`,
      code,
      said: saidBy(stderr),
    });
  } catch (thrown) {
    onLeft?.(directory, thrown);
  }
}

/**
 * Refuses a directory of a host that has not so many bytes free.
 *
 * @throws `etcd.host-no-space`, `remote.*`
 */
export async function requireRoomOn(
  host: Host,
  directory: string,
  { needed, signal }: { readonly needed: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { code, stdout, stderr } = await host.run(['df', '-Pk', '--', directory], { signal });
  if (code !== 0) {
    const said = saidBy(stderr);
    throw remoteErrors.raise['command-failed']({ host: host.name, command: `df ${directory}`, code, said });
  }
  const free = Number(stdout.toString().trim().split('\n').at(-1)?.split(/\s+/)[3]) * 1024;
  if (free < needed) throw raise['host-no-space']({ host: host.name, directory, needed, free });
}
