import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { passOn } from './answering.ts';
import { interruptionOf, meets } from './meeting.ts';
import { type FaultRule, RuleBook, type RuleCount } from './rules.ts';
import { Stalls } from './stalls.ts';
import { tunnel } from './tunnel.ts';
import { type ClientIdentity, type FaultTarget, sendOn, type Upstream } from './upstream.ts';

export interface FaultProxyOptions {
  readonly target: FaultTarget;
  readonly rules?: readonly FaultRule[];
  /** Of what rules with a chance draw; 1 unless told. */
  readonly seed?: number;
  /** To listen on; loopback unless told. */
  readonly address?: string;
}

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The name of the rule that fired on it. */
  readonly rule: string | undefined;
}

/** A proxy in front of a real server that does to requests what its rules say, and passes the rest on untouched. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** The last requests, at most 10,000, the oldest first. Upgrades too. */
  readonly seen: readonly SeenRequest[];
  /** Times in all that a fault met a request. */
  readonly fired: number;
  count(rule: string): RuleCount;
  /** Puts other rules in place of all, with counts that begin at nothing; the old ones' stalls are released. */
  setRules(rules: readonly FaultRule[]): void;
  /** Resolves when the rule has fired that often, at once where it has; rejects when other rules take its place. */
  untilFired(rule: string, times?: number): Promise<void>;
  /** Lets go on what the rule, or any, has stalled. */
  release(rule?: string): void;
  /** Cuts every connection, upgraded ones too. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Starts a fault proxy. Upgraded connections (WebSocket, SPDY) are tunnelled and meet no rule. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, seed } = options;
  const upstream = await readUpstream(target);
  const running = new RunningProxy(upstream, new RuleBook(options.rules ?? [], seed), seed);
  const server = await makeServer(target, running.handle);
  running.serve(server);
  server.listen(0, options.address ?? '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  running.url = `${upstream.url.protocol}//${address}:${port}`;
  return running;
}

async function makeServer(target: FaultTarget, handle: http.RequestListener): Promise<Server> {
  if (target.serving === undefined) return http.createServer(handle);
  const [cert, key] = await Promise.all([readFile(target.serving.certificate), readFile(target.serving.key)]);
  const { frontProxy } = target;
  const clients =
    frontProxy === undefined
      ? {}
      : { requestCert: true, rejectUnauthorized: false, ca: await readFile(frontProxy.clientCaFile) };
  return https.createServer({ cert, key, ...clients }, handle);
}

async function readUpstream(target: FaultTarget): Promise<Upstream> {
  const url = new URL(target.url);
  const ca = target.caFile === undefined ? undefined : await readFile(target.caFile);
  if (target.frontProxy === undefined) return { url, ca };
  const { pair } = target.frontProxy;
  return { url, ca, cert: await readFile(pair.certificate), key: await readFile(pair.key) };
}

const longestMemory = 10_000;

/** Somebody who waits for a rule. What it throws would break the connection on which a request came. */
interface Watcher {
  readonly look: () => void;
  readonly giveUp: () => void;
}

class RunningProxy implements FaultProxy {
  url = '';
  readonly seen: SeenRequest[] = [];
  readonly #upstream: Upstream;
  readonly #seed: number | undefined;
  readonly #stalls = new Stalls();
  readonly #sockets = new Set<Duplex>();
  readonly #watchers = new Set<Watcher>();
  #rules: RuleBook;
  #server: Server | undefined;

  constructor(upstream: Upstream, rules: RuleBook, seed: number | undefined) {
    this.#upstream = upstream;
    this.#rules = rules;
    this.#seed = seed;
  }

  get fired(): number {
    return this.#rules.fired;
  }

  serve(server: Server): void {
    this.#server = server;
    server.requestTimeout = 0; // a test may stall for as long as it likes
    const keep = (socket: Duplex): void => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    };
    server.on('connection', keep);
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#remember(request, undefined);
      tunnel(this.#upstream, { request, socket, head, identity: identityOf(request), keep });
    });
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const rule = this.#rules.decide(request.method ?? '', request.url ?? '');
    this.#remember(request, rule?.name);
    // What fails here is the connection to one side, and the other side is shown just that.
    this.#answer(request, response, rule).catch(() => response.destroy());
    for (const watcher of this.#watchers) watcher.look();
  };

  count(rule: string): RuleCount {
    return this.#rules.count(rule);
  }

  setRules(rules: readonly FaultRule[]): void {
    for (const watcher of this.#watchers) watcher.giveUp();
    this.#watchers.clear();
    this.#rules = new RuleBook(rules, this.#seed);
    this.#stalls.release();
  }

  async untilFired(rule: string, times = 1): Promise<void> {
    if (this.#rules.count(rule).fired >= times) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watcher: Watcher = {
      look: () => {
        if (this.#rules.count(rule).fired < times) return;
        this.#watchers.delete(watcher);
        resolve();
      },
      giveUp: () =>
        reject(new Error(`other rules took the place of ${rule} before it had fired ${times} times`)),
    };
    this.#watchers.add(watcher);
    await promise;
  }

  release(rule?: string): void {
    this.#stalls.release(rule);
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.#stalls.close();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    this.cutAll();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #remember(request: IncomingMessage, rule: string | undefined): void {
    this.seen.push({ method: request.method ?? '', path: request.url ?? '', rule });
    if (this.seen.length > longestMemory) this.seen.shift();
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    rule: FaultRule | undefined,
  ): Promise<void> {
    const gone = finished(response);
    gone.catch(() => {});
    const gate = rule?.fault.kind === 'stall' ? this.#stalls.gate(rule.name, gone) : undefined;
    const stall = async (): Promise<void> => gate?.opened;
    if (rule !== undefined && (await meets(request, response, { fault: rule.fault, stall }))) return;
    if (response.destroyed) return;
    const onward = sendOn(this.#upstream, request, identityOf(request));
    response.once('close', () => onward.destroy());
    const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
    const sent = pipeline(request, onward);
    sent.catch(() => {}); // a server may answer and close before it has read the whole request
    const [answer] = await answered;
    if (rule?.fault.kind === 'cut' && 'at' in rule.fault) {
      await sent;
      response.destroy();
      return;
    }
    await passOn(answer, response, rule === undefined ? undefined : interruptionOf(rule.fault, stall));
  }
}

/** Who a client is by its certificate, where it has shown one that its authority vouches for. */
function identityOf(request: IncomingMessage): ClientIdentity | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  const groups = subject.O;
  return { user: String(subject.CN), groups: groups === undefined ? [] : [groups].flat() };
}
