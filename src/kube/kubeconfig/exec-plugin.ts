import type { Clock } from '#foundation/clock.ts';
import type { ClientCertificate, Credential, Credentials } from '../client/connection.ts';
import { raise } from '../errors.ts';
import { inFile } from './credentials.ts';
import { type Section, sectionOf, textOf, textsOf } from './kubeconfig-file.ts';
import { runPlugin } from './plugin-process.ts';

/** Where a plugin is configured: the user's `exec` section, and the cluster it is to log in to. */
export interface ExecPlugin {
  /** The kubeconfig, for messages. */
  readonly source: string;
  readonly exec: Section;
  readonly cluster: Section;
}

export interface ExecPluginOptions {
  readonly clock: Clock;
  readonly interactive?: boolean | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** A credential is renewed this long before it expires. Milliseconds. */
const renewBefore = 10_000;

interface Issued {
  readonly credential: Credential;
  /** Wall clock, milliseconds; absent: until the server refuses it. */
  readonly expires: number | undefined;
}

/**
 * Credentials from an exec plugin (client.authentication.k8s.io v1 and v1beta1). The plugin runs when the first
 * request needs it, once however many wait, and again when its credential expires or the server refuses it.
 */
export function execCredentials(plugin: ExecPlugin, options: ExecPluginOptions): Credentials {
  checkPlugin(plugin);
  let issued: Issued | undefined;
  let running: Promise<Issued> | undefined;
  const isFresh = (at: Issued): boolean =>
    at.expires === undefined || options.clock.now().getTime() < at.expires - renewBefore;
  const run = async (): Promise<Issued> => {
    try {
      issued = await issue(plugin, options);
      return issued;
    } finally {
      running = undefined;
    }
  };
  return {
    async current(signal) {
      if (issued !== undefined && isFresh(issued)) return issued.credential;
      running ??= run();
      return (await withSignal(running, signal)).credential;
    },
    refresh() {
      issued = undefined;
      return true;
    },
  };
}

function checkPlugin(plugin: ExecPlugin): void {
  const apiVersion = textOf(plugin.exec, 'apiVersion');
  const invalid = (reason: string): Error => raise['kubeconfig-invalid']({ source: plugin.source, reason });
  if (textOf(plugin.exec, 'command') === '') throw invalid('its exec plugin has no command');
  if (!versions.includes(apiVersion)) {
    throw invalid(
      `its exec plugin has apiVersion ${apiVersion || 'none'}; supported are ${versions.join(' and ')}`,
    );
  }
  const mode = textOf(plugin.exec, 'interactiveMode');
  if (mode === '' && apiVersion.endsWith('/v1')) throw invalid('its exec plugin has no interactiveMode');
  if (mode !== '' && !['Never', 'IfAvailable', 'Always'].includes(mode)) {
    throw invalid(`its exec plugin has the unknown interactiveMode ${mode}`);
  }
}

async function issue(plugin: ExecPlugin, options: ExecPluginOptions): Promise<Issued> {
  const { exec } = plugin;
  const command = textOf(exec, 'command');
  const interactive = isInteractive(exec, options.interactive ?? process.stdin.isTTY);
  if (interactive === undefined) {
    throw raise['credential-plugin-failed']({ command, reason: 'it needs a terminal to talk to you' });
  }
  const stdout = await runPlugin({
    command,
    args: textsOf(exec, 'args'),
    env: {
      ...(options.env ?? process.env),
      ...pluginEnv(exec),
      KUBERNETES_EXEC_INFO: await execInfo(plugin, interactive),
    },
    interactive,
    installHint: textOf(exec, 'installHint'),
  });
  return readCredential(command, textOf(exec, 'apiVersion'), stdout);
}

/** Whether the plugin gets stdin; `undefined` where it insists on it and there is none. */
function isInteractive(exec: Section, available: boolean): boolean | undefined {
  const mode = textOf(exec, 'interactiveMode') || 'IfAvailable';
  if (mode === 'Never') return false;
  return mode === 'Always' && !available ? undefined : available;
}

function pluginEnv(exec: Section): Record<string, string> {
  const list = Array.isArray(exec['env']) ? (exec['env'] as unknown[]) : [];
  const pairs = list
    .map(entry => sectionOf({ entry }, 'entry'))
    .map(entry => [textOf(entry, 'name'), textOf(entry, 'value')]);
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}

/** The ExecCredential that the plugin finds in KUBERNETES_EXEC_INFO. */
async function execInfo(plugin: ExecPlugin, interactive: boolean): Promise<string> {
  const spec =
    plugin.exec['provideClusterInfo'] === true
      ? { cluster: await clusterInfo(plugin.cluster), interactive }
      : { interactive };
  return JSON.stringify({ apiVersion: textOf(plugin.exec, 'apiVersion'), kind: 'ExecCredential', spec });
}

async function clusterInfo(cluster: Section): Promise<Record<string, unknown>> {
  const file = textOf(cluster, 'certificate-authority');
  const data = textOf(cluster, 'certificate-authority-data');
  const ca = data !== '' || file === '' ? data : Buffer.from(await inFile(file)()).toString('base64');
  const info: Record<string, unknown> = {
    server: textOf(cluster, 'server'),
    'tls-server-name': textOf(cluster, 'tls-server-name'),
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'] === true,
    'certificate-authority-data': ca,
    'proxy-url': textOf(cluster, 'proxy-url'),
    config: extensionOf(cluster),
  };
  return Object.fromEntries(
    Object.entries(info).filter(([, value]) => value !== '' && value !== false && value !== undefined),
  );
}

/** What the cluster entry holds for plugins, under this reserved extension name. */
function extensionOf(cluster: Section): unknown {
  const list = Array.isArray(cluster['extensions']) ? (cluster['extensions'] as unknown[]) : [];
  return list
    .map(entry => sectionOf({ entry }, 'entry'))
    .find(entry => entry['name'] === 'client.authentication.k8s.io/exec')?.['extension'];
}

function readCredential(command: string, apiVersion: string, stdout: string): Issued {
  // The output holds the secret: no error quotes it.
  const failed = (reason: string): Error => raise['credential-plugin-failed']({ command, reason });
  const answer = parseObject(stdout);
  if (answer === undefined) throw failed('its output is not JSON');
  if (answer['kind'] !== 'ExecCredential') throw failed('its output is not an ExecCredential');
  if (answer['apiVersion'] !== apiVersion) {
    throw failed(
      `it answered in ${textOf(answer, 'apiVersion') || 'no apiVersion'}, the kubeconfig says ${apiVersion}`,
    );
  }
  const status = sectionOf(answer, 'status');
  const token = textOf(status, 'token');
  const certificate = certificateOf(status);
  if (token === '' && certificate === undefined) {
    throw failed('it gave neither a token nor a client certificate with its key');
  }
  const expires = Date.parse(textOf(status, 'expirationTimestamp'));
  return {
    credential: { authorization: token === '' ? undefined : `Bearer ${token}`, certificate },
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}

function certificateOf(status: Section): ClientCertificate | undefined {
  const cert = textOf(status, 'clientCertificateData');
  const key = textOf(status, 'clientKeyData');
  return cert === '' || key === '' ? undefined : { cert, key };
}

function parseObject(text: string): Section | undefined {
  try {
    return sectionOf({ value: JSON.parse(text) as unknown }, 'value');
  } catch {
    return undefined;
  }
}

/** Stops waiting when `signal` aborts; what is waited for goes on, for the others who wait for it. */
async function withSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => {}); // should nobody wait any more when it fails, that is nobody's failure
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
