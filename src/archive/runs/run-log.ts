import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import type { Clock } from '#foundation/clock.ts';
import { Batcher } from '../contents/batcher.ts';

export type LogLevel = 'info' | 'warning' | 'error';

/** What a line says beside its text, in the order of the line. */
export type LogFields = Readonly<Record<string, string | undefined>>;

/** The log of a run in the text form of Go's logrus, which is Velero's; compressed as it is written. */
export interface RunLog {
  /** Lines after the end go nowhere. */
  write(level: LogLevel, text: string, fields?: LogFields): void;
  /** Ends the log; its gzip'ed bytes. Asked again, the same bytes. */
  end(): Promise<Uint8Array>;
}

export function createRunLog(clock: Clock): RunLog {
  const gzip = createGzip();
  // Line by line, the compressor would fall behind and its queue would hold most of the log.
  const lines = new Batcher((batch, done) => gzip.write(batch, done));
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  let ended: Promise<Uint8Array> | undefined;
  const finish = async (): Promise<Uint8Array> => {
    const end = once(gzip, 'end');
    lines.flush();
    gzip.end();
    await end;
    return Buffer.concat(chunks);
  };
  return {
    write(level, text, fields = {}) {
      if (ended === undefined) lines.write(Buffer.from(formatLine(clock.now(), level, text, fields)));
    },
    end: () => (ended ??= finish()),
  };
}

/** `time="2026-11-21T07:00:00Z" level=info msg="…" resource=pods namespace=a name=b` and a line feed. */
export function formatLine(time: Date, level: LogLevel, text: string, fields: LogFields): string {
  const pairs = [`time="${formatTime(time)}"`, `level=${level}`, `msg=${quoted(text)}`];
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) pairs.push(`${key}=${quoted(value)}`);
  }
  return `${pairs.join(' ')}\n`;
}

function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** As logrus quotes: bare where only these characters occur. Control characters are always escaped. */
function quoted(text: string): string {
  if (/^[\w\-./@^+]*$/.test(text)) return text;
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    control => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
