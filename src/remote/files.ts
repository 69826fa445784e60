import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { remoteErrors, saidBy } from './errors.ts';
import {
  defaultLimit,
  type Ending,
  type Host,
  type ReadFileOptions,
  type ReadTreeOptions,
  type WriteFileOptions,
} from './host.ts';

/** See {@link Host.readFile}. */
export async function readFileOf(host: Host, path: string, options: ReadFileOptions): Promise<Buffer> {
  checkPath(path);
  try {
    const outcome = await host.run(['cat', '--', path], options);
    if (outcome.code === 0) return outcome.stdout;
    throw pathError(host, path, { ...outcome, command: 'cat' });
  } catch (thrown) {
    if (!isHozonError(thrown, 'remote.output-too-large')) throw thrown;
    const limit = options.limit ?? defaultLimit;
    throw remoteErrors.raise['file-too-large']({ host: host.name, path, limit }, { cause: thrown });
  }
}

/**
 * Its arguments: the path, the mode, how many bytes come. `dd` synchronises the file; the directory is synchronised with all
 * that is unwritten, as old versions of `sync` take no name. A shell that says of `dd` that it was killed must not die of it where
 * nobody listens any more.
 */
const placeFile = `
set -e
umask 077
[ ! -d "$1" ] || { echo "$1: Is a directory" >&2; exit 1; }
beside=$(mktemp -- "$1.hozon-XXXXXXXX")
trap 'rm -f -- "$beside"' EXIT
trap 'exit 143' HUP INT TERM
trap : PIPE
said=$(dd of="$beside" bs=65536 conv=fsync 2>&1) || { printf "%s\\n" "$said" | head -n 1 >&2; exit 1; }
[ "$(wc -c <"$beside")" -eq "$3" ] || { echo "$1: not all of it arrived" >&2; exit 1; }
chmod -- "$2" "$beside"
mv -fT -- "$beside" "$1"
sync
`;

/** See {@link Host.writeFile}. */
export async function writeFileOf(
  host: Host,
  path: string,
  options: WriteFileOptions & { readonly bytes: Uint8Array },
): Promise<void> {
  checkPath(path);
  const { bytes, mode = 0o600, signal } = options;
  const command = ['/bin/sh', '-c', placeFile, 'sh', path, mode.toString(8), String(bytes.length)];
  const ending = await host.run(command, { stdin: bytes, signal });
  if (ending.code !== 0) throw pathError(host, path, { ...ending, command: 'dd' });
}

/** See {@link Host.readTree}. */
export async function* readTreeOf(
  host: Host,
  paths: readonly string[],
  options: ReadTreeOptions,
): AsyncGenerator<Buffer> {
  const { base = '/', exclude = [], signal } = options;
  checkPath(base);
  const command = [
    'tar',
    '--create',
    '--file=-',
    '--format=pax',
    '--numeric-owner',
    `--directory=${base}`,
    ...exclude.map(pattern => `--exclude=${pattern}`),
    '--',
    ...paths.map(path => (base === '/' ? path.replace(/^\/+/, '') : path)),
  ];
  const { stdout, ended } = host.stream(command, { signal });
  yield* stdout;
  const { code, stderr } = await ended;
  if (code !== 0) throw remoteErrors.raise['tree-incomplete']({ host: host.name, said: saidBy(stderr) });
}

function checkPath(path: string): void {
  if (!path.startsWith('/')) throw new Error(`a path on a host is absolute, not ${path}`);
}

/** The programs say the system's own words behind the path: the locale is `C` and the C libraries agree on them. */
function pathError(
  host: Host,
  path: string,
  { stderr, code, command }: Ending & { readonly command: string },
): HozonError {
  const said = saidBy(stderr);
  const of = { host: host.name, path, said };
  if (said.includes('No such file or directory')) return remoteErrors.raise['file-missing'](of);
  if (/Permission denied|Operation not permitted|Read-only file system/.test(said)) {
    return remoteErrors.raise['file-denied'](of);
  }
  if (/Is a directory|Not a directory/.test(said)) return remoteErrors.raise['file-foreign'](of);
  if (/No space left on device|Disk quota exceeded/.test(said)) {
    return remoteErrors.raise['file-no-room'](of);
  }
  return remoteErrors.raise['command-failed']({ host: host.name, command: `${command} ${path}`, code, said });
}
