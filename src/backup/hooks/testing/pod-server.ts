import { type WebSocket, WebSocketServer } from 'ws';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { scriptedServer, sendJson, sendStatus } from '#kube/testing/scripted-server.ts';

/** A command as it reached the server. */
export interface Ran {
  readonly pod: string;
  readonly container: string;
  /** The command's words, joined by spaces. */
  readonly command: string;
}

/** How a command goes: its output and exit code; a lost connection; a refusal by the runtime. */
export type Fate =
  | { readonly exitCode?: number; readonly stdout?: string; readonly stderr?: string }
  | 'cut'
  | 'refused';

export interface PodServer extends AsyncDisposable {
  readonly api: KubeApi;
  /** `pod: command`, in the order in which they were begun. */
  readonly log: string[];
}

/** An API server on the loopback that has the given pods and lets a test play their commands. */
export async function podServer(
  play: (ran: Ran) => Fate | Promise<Fate>,
  pods: readonly KubeObject[] = [],
): Promise<PodServer> {
  const server = await scriptedServer((request, response) => {
    const found = pods.find(pod => request.path.endsWith(`/pods/${pod.metadata.name}`));
    if (found === undefined) sendStatus(response, 404, 'NotFound');
    else sendJson(response, 200, found);
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
  const log: string[] = [];
  server.http.on('upgrade', (request, socket, head) => {
    const ran = read(request.url ?? '');
    log.push(`${ran.pod}: ${ran.command}`);
    sockets.handleUpgrade(request, socket, head, opened => void end(opened, play(ran)));
  });
  return { api: server.client(), log, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function read(target: string): Ran {
  const url = new URL(target, 'http://test');
  return {
    pod: url.pathname.split('/').at(-2) ?? '',
    container: url.searchParams.get('container') ?? '',
    command: url.searchParams.getAll('command').join(' '),
  };
}

async function end(socket: WebSocket, playing: Fate | Promise<Fate>): Promise<void> {
  const fate = await playing;
  if (fate === 'cut') return socket.terminate();
  if (fate === 'refused') {
    const message = 'OCI runtime exec failed: exec failed: no such file or directory';
    return send(socket, 3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message }));
  }
  const { exitCode = 0, stdout = '', stderr = '' } = fate;
  if (stdout !== '') send(socket, 1, stdout);
  if (stderr !== '') send(socket, 2, stderr);
  send(socket, 3, statusOf(exitCode));
}

function send(socket: WebSocket, channel: number, text: string): void {
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]));
}

function statusOf(exitCode: number): string {
  if (exitCode === 0) return JSON.stringify({ status: 'Success' });
  const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] };
  return JSON.stringify({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `exit ${exitCode}`,
    details,
  });
}
