import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A machine-wide lock that dies with its holder. It is an abstract Unix socket: the kernel lets one process bind
 * a name, and frees the name when that process ends, however it ends. So there are no stale lock files, and no
 * guessing whether a recorded process id is still the same process.
 */
export interface Lock extends AsyncDisposable {
  readonly name: string;
  release(): Promise<void>;
}

/** Takes the lock, or resolves to `undefined` where another holder (of this process or another) has it. */
export async function tryLock(name: string): Promise<Lock | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer(socket => {
    waiting.add(socket);
    socket.on('error', () => socket.destroy()); // a waiter that went away
    socket.on('close', () => waiting.delete(socket));
    socket.unref();
  });
  if (!(await listens(server, name))) return undefined;
  server.unref();
  const release = async (): Promise<void> => {
    for (const socket of waiting) socket.destroy();
    await new Promise<void>(resolve => server.close(() => resolve()));
  };
  return { name, release, [Symbol.asyncDispose]: release };
}

/** Takes the lock, waiting for as long as others hold it. `onWait` is called once, before the first wait. */
export async function lock(
  name: string,
  options: { signal?: AbortSignal | undefined; onWait?: () => void } = {},
): Promise<Lock> {
  for (let waited = false; ; waited = true) {
    options.signal?.throwIfAborted();
    const taken = await tryLock(name);
    if (taken !== undefined) return taken;
    if (!waited) options.onWait?.();
    await released(name, options.signal);
  }
}

/** Resolves as soon as nobody holds the lock (somebody may have it again by then). */
export async function released(name: string, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(address(name));
  const abort = (): void => {
    reject(signal?.reason);
    socket.destroy();
  };
  signal?.addEventListener('abort', abort, { once: true });
  socket.on('error', () => resolve()); // refused: nobody holds it
  socket.on('close', () => resolve());
  socket.resume();
  try {
    await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function address(name: string): string {
  return `\0hozon-testbed/${name}`;
}

function listens(server: Server, name: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  server.once('listening', () => resolve(true));
  server.once('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'EADDRINUSE') resolve(false);
    else reject(thrown);
  });
  server.listen(address(name));
  return promise;
}
