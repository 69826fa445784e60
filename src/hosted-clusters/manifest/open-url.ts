import { getCACertificates } from 'node:tls';
import { Agent, request } from 'undici';

export interface OpenOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly ca?: string | Buffer | undefined;
  /** Without a byte. Milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is read, or left, before it is disposed. */
export interface OpenAnswer extends AsyncDisposable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer>;
}

const usualTimeout = 30_000;

/** Gets a URL without credentials and without following a redirect, as curl does. TLS is verified. */
export async function openUrl(
  url: string,
  { headers, ca, timeoutMs: timeout = usualTimeout, signal }: OpenOptions,
): Promise<OpenAnswer> {
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca.toString()] };
  const agent = new Agent({
    connect: { ...trusted, timeout },
    headersTimeout: timeout,
    bodyTimeout: timeout,
  });
  try {
    const answer = await request(url, { dispatcher: agent, headers, signal: signal ?? null });
    const { statusCode: status, body } = answer;
    return { status, headers: answer.headers, body, [Symbol.asyncDispose]: () => agent.destroy() };
  } catch (thrown) {
    await agent.destroy();
    throw thrown;
  }
}
