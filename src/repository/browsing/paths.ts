import { unquoteName } from '../format/go-quote.ts';

/** A directory of a snapshot, or the whole of one, as a person names it: `SNAPSHOT` or `SNAPSHOT:PATH`. */
export interface SnapshotPath {
  /** The beginning of an id, or `latest`. */
  readonly wanted: string;
  /** `/` for the whole. */
  readonly path: string;
}

/** Splits `latest:/etc` as restic does: no id has a colon. */
export function parseSnapshotPath(text: string): SnapshotPath {
  const colon = text.indexOf(':');
  if (colon < 0) return { wanted: text, path: '/' };
  return { wanted: text.slice(0, colon), path: text.slice(colon + 1) || '/' };
}

/**
 * The segments of a path that a person typed, each as the names it may mean: itself, and where it is escaped as
 * listings escape what is no printable UTF-8 (`\xff`, `\n`), what that stands for.
 */
export function segmentsOf(path: string): Buffer[][] {
  return path
    .split('/')
    .filter(segment => segment !== '')
    .map(segment => {
      const literal = Buffer.from(segment);
      const escaped = segment.includes('\\') ? unquoteName(segment) : undefined;
      return escaped === undefined ? [literal] : [literal, escaped];
    });
}
