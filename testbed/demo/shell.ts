import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname, join } from 'node:path';

/** A command that ended. */
export interface Ran {
  readonly exitCode: number;
  /** Empty where Hozon wrote to the terminal itself. */
  readonly stdout: string;
}

export interface ShellOptions {
  /** The directory in which commands run and which they take for the person's home. */
  readonly home: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Told of what commands print, as they do. */
  readonly output: (text: string) => void;
  /** Whether a person watches on a terminal: progress bars and colours are shown then. */
  readonly terminal: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `hozon` and `kubectl` as a person would: in processes of their own, with nothing but a home and a kubeconfig. */
export class Shell {
  readonly #options: ShellOptions;

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  /** @throws where the command could not be started or was stopped; its exit code is the caller's to judge. */
  async run(words: readonly string[]): Promise<Ran> {
    const { signal, output } = this.#options;
    signal?.throwIfAborted();
    const child = this.#start(words);
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    signal?.addEventListener('abort', stop, { once: true });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output(text);
    });
    child.stderr?.setEncoding('utf8').on('data', output);
    try {
      const [exitCode] = (await once(child, 'close')) as [number | null];
      signal?.throwIfAborted();
      if (exitCode === null) throw new Error(`${words.join(' ')} was killed`);
      return { exitCode, stdout };
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  #start(words: readonly string[]): ChildProcess {
    const { home, terminal } = this.#options;
    const [program = '', ...args] = this.#command(words);
    const direct = terminal && words[0] === 'hozon'; // what it says on stdout and stderr then comes in its own order
    return spawn(program, args, {
      cwd: home,
      env: this.#environment(),
      stdio: ['ignore', direct ? 'inherit' : 'pipe', terminal ? 'inherit' : 'pipe'],
      detached: true, // Ctrl-C on a terminal would reach it beside `stop`, and a second signal means: at once
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const { home, kubeconfig, terminal } = this.#options;
    return {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: home,
      KUBECONFIG: kubeconfig,
      LANG: 'C.UTF-8',
      ...(terminal ? { TERM: process.env['TERM'] ?? 'dumb', FORCE_COLOR: '1' } : {}),
    };
  }

  /** Elsewhere than on a terminal Hozon tells its progress in JSON lines, which nobody here would read. */
  #command(words: readonly string[]): readonly string[] {
    const [program = '', ...args] = words;
    if (program === 'kubectl') return [this.#options.kubectl, ...args];
    if (program === 'cat') return words;
    if (program !== 'hozon') throw new Error(`the shell of the demonstration has no ${program}`);
    const quiet = this.#options.terminal ? [] : ['--progress', 'none'];
    return [process.execPath, main, ...args, ...quiet];
  }
}

const main = join(import.meta.dirname, '../../src/cli/main.ts');
