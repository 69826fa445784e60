import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from './binaries.ts';
import { type RunResult, run, runOk } from './processes.ts';

/** Where a kopia repository lies, as its commands name it: a directory (absolute path), or a bucket of an S3 server. */
export type KopiaStorage =
  | { readonly path: string; readonly flat?: boolean }
  | {
      readonly bucket: string;
      /** Of the keys, with its final `/`. */
      readonly prefix?: string;
      /** `127.0.0.1:1234`. */
      readonly endpoint: string;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      /** Of the authority that vouches for the server; plain HTTP without it. */
      readonly caFile?: string;
    };

export interface KopiaOptions {
  readonly storage: KopiaStorage;
  readonly password: string;
  /** Who snapshots and what maintenance does are ascribed to, in place of this user and machine. */
  readonly identity?: { readonly username: string; readonly hostname: string };
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface KopiaRun {
  readonly cwd?: string;
  /** More of its environment, for this command. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Else kopia does not see for half a minute what others write: it keeps listings of blobs. */
const seeing = ['--max-list-cache-duration=0s'];

/** The real kopia, 0.22.3, working on one repository as one client of it. */
export interface Kopia extends AsyncDisposable {
  /** Its configuration file, logs and caches lie in here, and nowhere else. */
  readonly directory: string;
  /** `repository create`, which connects too; further arguments are those of that command (`--block-hash=…`). */
  readonly create: (args?: readonly string[]) => Promise<void>;
  /** `repository connect` to a repository that there is. */
  readonly connect: (args?: readonly string[]) => Promise<void>;
  /** Runs a command; its stdout. @throws where kopia does not end with 0 */
  readonly run: (command: readonly string[], options?: KopiaRun) => Promise<string>;
  /** {@link run} of a command that prints JSON (`--json` is added), parsed. */
  readonly json: (command: readonly string[], options?: KopiaRun) => Promise<unknown>;
  /** Runs a command, however it ends. */
  readonly end: (command: readonly string[], options?: KopiaRun) => Promise<RunResult>;
}

/**
 * A real kopia with everything of its own in a directory that goes with it. It neither asks the network for updates nor keeps the
 * password. Built from its Go module where it is missing (three minutes, once).
 */
export async function stockKopia(options: KopiaOptions): Promise<Kopia> {
  const program = await binary('kopia');
  const directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-'));
  const settings = { ...settingsIn(directory), KOPIA_PASSWORD: options.password, ...options.env };
  const within = (given: KopiaRun = {}): KopiaRun => ({ ...given, env: { ...settings, ...given.env } });
  const runCommand = (command: readonly string[], given?: KopiaRun): Promise<string> =>
    runOk([program, ...command], within(given));
  const storing = storageArguments(options.storage);
  const who = identityArguments(options);
  return {
    directory,
    create: async (args = []) => {
      await runCommand(['repository', 'create', ...storing, ...who, ...seeing, ...args]);
    },
    connect: async (args = []) => {
      await runCommand(['repository', 'connect', ...storing, ...who, ...seeing, ...args]);
    },
    run: runCommand,
    json: async (command, given) => JSON.parse(await runCommand([...command, '--json'], given)),
    end: (command, given) => run([program, ...command], within(given)),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

function settingsIn(directory: string): Record<string, string> {
  return {
    HOME: directory,
    KOPIA_CACHE_DIRECTORY: join(directory, 'cache'),
    KOPIA_CHECK_FOR_UPDATES: 'false',
    KOPIA_CONFIG_PATH: join(directory, 'repository.config'),
    KOPIA_LOG_DIR: join(directory, 'logs'),
    KOPIA_PERSIST_CREDENTIALS_ON_CONNECT: 'false',
    KOPIA_USE_KEYRING: 'false',
  };
}

function storageArguments(storage: KopiaStorage): string[] {
  if ('path' in storage) {
    return ['filesystem', `--path=${storage.path}`, ...(storage.flat === true ? ['--flat'] : [])];
  }
  const { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey, caFile } = storage;
  return [
    's3',
    `--bucket=${bucket}`,
    `--endpoint=${endpoint}`,
    `--region=${region}`,
    `--access-key=${accessKeyId}`,
    `--secret-access-key=${secretAccessKey}`,
    caFile === undefined ? '--disable-tls' : `--root-ca-pem-path=${caFile}`,
    ...(prefix === undefined ? [] : [`--prefix=${prefix}`]),
  ];
}

function identityArguments({ identity }: KopiaOptions): string[] {
  if (identity === undefined) return [];
  return [`--override-username=${identity.username}`, `--override-hostname=${identity.hostname}`];
}
