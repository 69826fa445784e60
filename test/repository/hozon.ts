import { Readable } from 'node:stream';
import { run } from '#cli/run.ts';
import { CapturedStream, type Ran } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { quickPassword } from './quick-repository.ts';

/** `hozon repo …` in this process, working on one repository. */
export interface Hozon {
  /** Its stdout. @throws where it does not end with 0 */
  readonly run: (command: readonly string[], options?: HozonRun) => Promise<string>;
  /** However it ends. */
  readonly end: (command: readonly string[], options?: HozonRun) => Promise<Ran>;
}

export interface HozonRun {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** On a repository that restic names so. Its password is that of quick ones unless told. */
export function hozonOn(repository: string, password = quickPassword): Hozon {
  const end: Hozon['end'] = async (command, { env = {}, stdin } = {}) => {
    const [out, err] = [new CapturedStream(), new CapturedStream()];
    const code = await run({
      argv: ['repo', ...command],
      env: { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: password, ...env },
      stdin: Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]),
      out,
      err,
      clock: systemClock,
      signal: new AbortController().signal,
    });
    return { code, out: out.text, err: err.text };
  };
  return {
    end,
    run: async (command, options) => {
      const { code, out, err } = await end(command, options);
      if (code === 0) return out;
      throw new Error(`hozon repo ${command.join(' ')} exited with ${code}: ${err || out}`);
    },
  };
}
