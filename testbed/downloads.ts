import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatBytes } from '#foundation/format.ts';
import type { Architecture, BinarySet } from './binary-sets.ts';
import { heartbeat, type Narrate } from './narration.ts';
import { runOk } from './processes.ts';

/** A way to get programs of a set: a publisher's release, or a build. */
export interface Errand {
  readonly set: BinarySet;
  readonly programs: readonly string[];
  /** The directory that the finished programs are moved into. */
  readonly into: string;
  readonly narrate: Narrate;
  readonly signal?: AbortSignal | undefined;
}

const answerWithinSeconds = 5;
const stallSeconds = 20;

/** Hosts that refused once: it costs seconds to ask, and the answer does not change within a run. */
const refused = new Map<string, string>();

/**
 * Fetches a set's official release and checks it against the publisher's SHA-256. Gives up within seconds where
 * the host does not answer, and does not ask that host again in this process.
 */
export async function download(errand: Errand): Promise<void> {
  const { release } = errand.set;
  if (release.form === 'none') throw new Error(`${errand.set.name} has no release to download`);
  const url = release.url(architecture());
  const host = new URL(url).host;
  const earlier = refused.get(host);
  if (earlier !== undefined) throw new Error(earlier);
  await mkdir(errand.into, { recursive: true });
  const place = await mkdtemp(join(errand.into, '.download-'));
  errand.narrate(`fetching ${errand.set.name} ${errand.set.version} from ${host} (usually under a minute)`);
  try {
    if (release.form === 'files') await fetchFiles(errand, url, place);
    else await fetchArchive(errand, url, release, place);
  } catch (thrown) {
    errand.signal?.throwIfAborted();
    const reason = `download from ${host} failed: ${reasonOf(thrown)}`;
    refused.set(host, reason);
    errand.narrate(reason);
    throw new Error(reason, { cause: thrown });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Forgets which hosts refused. For tests. */
export function forgetRefusals(): void {
  refused.clear();
}

async function fetchFiles(errand: Errand, base: string, place: string): Promise<void> {
  for (const program of errand.programs) {
    const expected = await fetchText(`${base}/${program}.sha256`, errand.signal);
    await fetchFile(`${base}/${program}`, join(place, program), { ...errand, sha256: expected });
    await install(join(place, program), join(errand.into, program));
  }
}

async function fetchArchive(
  errand: Errand,
  url: string,
  release: { sums: string; suffix?: string },
  place: string,
): Promise<void> {
  const { sums, suffix = '' } = release;
  const name = url.slice(url.lastIndexOf('/') + 1);
  const listed = sumOf(await fetchText(sums, errand.signal), name);
  if (listed === undefined) throw new Error(`${sums} does not list ${name}`);
  const archive = join(place, name);
  await fetchFile(url, archive, { ...errand, sha256: listed });
  await runOk(['tar', '-xzf', archive, '-C', place, '--strip-components=1']);
  for (const program of errand.programs) {
    const theirs = program.slice(0, program.length - suffix.length);
    await install(join(place, theirs), join(errand.into, program));
  }
}

/** The SHA-256 that a file as `sha256sum` writes it gives for `name`. */
export function sumOf(sums: string, name: string): string | undefined {
  const line = sums.split('\n').find(text => text.trimEnd().replace(/^\S+\s+\*?/, '') === name);
  return line?.split(/\s/)[0];
}

async function fetchText(url: string, signal?: AbortSignal): Promise<string> {
  const response = await ask(url, signal);
  const text = await response.text();
  if (text.length > 1_000_000) throw new Error(`${url} is too long for a list of sums`);
  return text.trim();
}

async function fetchFile(url: string, to: string, errand: Errand & { sha256: string }): Promise<void> {
  const response = await ask(url, errand.signal);
  if (response.body === null) throw new Error(`${url} is empty`);
  const hash = createHash('sha256');
  const stalled = new AbortController();
  const arm = (): NodeJS.Timeout =>
    setTimeout(() => stalled.abort(new Error(`${url} stalled for ${stallSeconds} s`)), stallSeconds * 1000);
  let received = 0;
  let timer = arm();
  using _beat = heartbeat(
    errand.narrate,
    () => `fetching ${to.slice(dirname(to).length + 1)}, ${formatBytes(received)}`,
  );
  const count = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      clearTimeout(timer);
      timer = arm();
      hash.update(chunk);
      received += chunk.length;
      yield chunk;
    }
  };
  try {
    const signal =
      errand.signal === undefined ? stalled.signal : AbortSignal.any([errand.signal, stalled.signal]);
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(to), { signal });
  } finally {
    clearTimeout(timer);
  }
  if (hash.digest('hex') !== errand.sha256)
    throw new Error(`${url} does not have the SHA-256 that is published for it`);
}

/** The answer's head arrives within seconds or not at all; its body may take its time. */
async function ask(url: string, signal?: AbortSignal): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${answerWithinSeconds} s`)),
    answerWithinSeconds * 1000,
  );
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status} for ${url}`);
    return response;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes it executable, then moves it into place in one step. */
async function install(from: string, to: string): Promise<void> {
  await chmod(from, 0o755);
  await rename(from, to);
}

function architecture(): Architecture {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`no releases for ${process.arch}`);
}

function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return cause instanceof Error ? cause.message : String(cause);
}
