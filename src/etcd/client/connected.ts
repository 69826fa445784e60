import { type Client, status as codes, connectivityState } from '@grpc/grpc-js';

interface ConnectingOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A state from which the next question is answered or fails at once. */
const decided: readonly connectivityState[] = [
  connectivityState.READY,
  connectivityState.TRANSIENT_FAILURE,
  connectivityState.SHUTDOWN,
];

/**
 * Waits until a client is connected, or cannot be, which the next question then tells. A stream has no deadline, so that it would
 * wait for ever for a server that takes the connection and says nothing.
 *
 * @throws an error like gRPC's own where neither happens in time; the signal's reason
 */
export async function untilConnected(
  client: Client,
  { timeoutMs, signal }: ConnectingOptions,
): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + timeoutMs;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const state = channel.getConnectivityState(true);
      if (decided.includes(state)) return;
      const changed = new Promise<void>((resolve, fail) => {
        channel.watchConnectivityState(state, deadline, error => (error ? fail(tooLate()) : resolve()));
      });
      await Promise.race([changed, aborted]);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function tooLate(): Error {
  const details = 'no connection in time';
  return Object.assign(new Error(details), { code: codes.DEADLINE_EXCEEDED, details });
}
