import { posix, resolve } from 'node:path';
import type { Location } from '#storage/location-url.ts';
import { raise } from '../../errors.ts';

/** What restic reads from elsewhere for a repository in S3. */
export interface ResticS3Settings {
  readonly region?: string | undefined;
  /** A file of certificates to trust besides the system's. */
  readonly caFile?: string | undefined;
}

/** Restic's other back ends, which Hozon has no store for. */
const unsupported = ['sftp', 'rest', 'b2', 'azure', 'gs', 'swift', 'rclone'];

/**
 * Whether the text names a repository in a way that only restic has: a path, `local:…`, `s3:…` without two slashes, or one of its
 * other back ends. What Hozon has itself, URLs and names of locations, is not.
 */
export function isResticName(text: string): boolean {
  if (/^(?:\.{0,2}\/|\.{1,2}$)/.test(text)) return true;
  const [, scheme = ''] = /^([a-z0-9]+):(?!\/\/)/.exec(text) ?? [];
  return ['local', 's3', ...unsupported].includes(scheme) || text.startsWith('sftp://');
}

/**
 * Reads a repository's name as restic does (its `internal/backend/location` and `internal/backend/s3/config.go`): `/path`, `local:path`,
 * `s3:https://host/bucket/prefix`, `s3:host/bucket/prefix`, `s3://host/bucket/prefix`. A host of AWS gives the region.
 *
 * @throws `repository.unsupported-backend`, `repository.bad-name`
 */
export function parseResticName(text: string, settings: ResticS3Settings = {}): Location {
  const [scheme = ''] = text.split(':', 1);
  if (scheme === 'local') return { kind: 'filesystem', path: resolve(text.slice('local:'.length)) };
  if (scheme === 's3') return s3Location(text.slice('s3:'.length), settings);
  if (unsupported.includes(scheme) && text !== scheme)
    throw raise['unsupported-backend']({ backend: scheme });
  if (text === '' || (text.includes(':') && !/^\.{0,2}\//.test(text))) throw raise['bad-name']();
  return { kind: 'filesystem', path: resolve(text) };
}

function s3Location(rest: string, { region, caFile }: ResticS3Settings): Location {
  const { host, path, scheme } = rest.startsWith('http') ? urlParts(rest) : plainParts(rest);
  const [, bucket = '', prefix = ''] = /^([^/]*)\/?(.*)$/s.exec(path) ?? [];
  if (host === '' || bucket === '') throw raise['bad-name']();
  const ofAws = awsRegion(host);
  const server =
    ofAws === undefined
      ? { endpoint: `${scheme}://${host}`, pathStyle: true, region: region ?? 'us-east-1' }
      : { pathStyle: false, region: ofAws === '' ? (region ?? 'us-east-1') : ofAws };
  const s3 = { bucket, prefix: posix.join('/', prefix).replace(/^\/|\/$/g, ''), ...server, caFile };
  return { kind: 's3', s3 };
}

interface Parts {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly path: string;
}

function urlParts(text: string): Parts {
  if (!URL.canParse(text)) throw raise['bad-name']();
  const { protocol, host, pathname, username, password } = new URL(text);
  if (username !== '' || password !== '' || !/^https?:$/.test(protocol)) throw raise['bad-name']();
  const path = decodeURIComponentOrThrow(pathname).slice(1);
  return { scheme: protocol === 'http:' ? 'http' : 'https', host, path };
}

function plainParts(text: string): Parts {
  const [, host = '', path = ''] = /^(?:\/\/)?([^/]*)\/?(.*)$/s.exec(text) ?? [];
  if (!/^[a-z0-9.:[\]-]*$/i.test(host)) throw raise['bad-name']();
  return { scheme: 'https', host, path };
}

/** `undefined` for a host that is not AWS's, empty for one of all regions. */
function awsRegion(host: string): string | undefined {
  if (/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(host)) return host;
  const [match, region] =
    /^s3(?:[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?$/.exec(host) ?? [];
  return match === undefined ? undefined : (region ?? '');
}

function decodeURIComponentOrThrow(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw raise['bad-name'](undefined, { cause });
  }
}
