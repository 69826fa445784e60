import { remoteErrors } from './errors.ts';
import { readFileOf, readTreeOf, writeFileOf } from './files.ts';
import { type Argument, defaultLimit, type Host, type Outcome, type RunOptions } from './host.ts';
import { startCommand, type Transport } from './session.ts';

/** The host behind a transport. */
export function hostOver(name: string, transport: Transport, dispose: () => Promise<void>): Host {
  const host: Host = {
    name,
    run: (command, options = {}) => run(host, command, options),
    stream: (command, options = {}) => startCommand(transport, command, options),
    readFile: (path, options = {}) => readFileOf(host, path, options),
    writeFile: (path, bytes, options = {}) => writeFileOf(host, path, { bytes, ...options }),
    readTree: (paths, options = {}) => readTreeOf(host, paths, options),
    [Symbol.asyncDispose]: dispose,
  };
  return host;
}

async function run(host: Host, command: readonly Argument[], options: RunOptions): Promise<Outcome> {
  const { limit = defaultLimit, ...rest } = options;
  const { stdout, ended } = host.stream(command, rest);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdout) {
    size += chunk.length;
    if (size > limit) {
      const name = String(command[0]);
      throw remoteErrors.raise['output-too-large']({ host: host.name, command: name, limit });
    }
    chunks.push(chunk);
  }
  return { ...(await ended), stdout: Buffer.concat(chunks) };
}
