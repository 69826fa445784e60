import { fileURLToPath } from 'node:url';
import { raise } from './errors.ts';
import { checksumAlgorithms, type S3Settings } from './s3/settings.ts';

/** Where objects are kept, as data: what a URL or a BackupStorageLocation says. */
export type Location =
  | { readonly kind: 'filesystem'; readonly path: string; readonly readOnly?: boolean | undefined }
  | { readonly kind: 's3'; readonly s3: S3Settings; readonly readOnly?: boolean | undefined };

type S3Parameter = (value: string, name: string) => Partial<S3Settings>;

const s3Parameters: Readonly<Record<string, S3Parameter>> = {
  region: region => ({ region }),
  endpoint: (value, name) => ({ endpoint: httpUrl(value, name) }),
  'public-endpoint': (value, name) => ({ publicEndpoint: httpUrl(value, name) }),
  'path-style': (value, name) => ({ pathStyle: truth(value, name) }),
  profile: profile => ({ profile }),
  'credentials-file': credentialsFile => ({ credentialsFile }),
  ca: caFile => ({ caFile }),
  'insecure-skip-tls-verify': (value, name) => ({ insecureSkipVerify: truth(value, name) }),
  sse: serverSideEncryption => ({ serverSideEncryption }),
  'kms-key-id': kmsKeyId => ({ kmsKeyId }),
  'customer-key-file': customerKeyFile => ({ customerKeyFile }),
  tagging: tagging => ({ tagging }),
  checksum: (value, name) => ({
    checksumAlgorithm: oneOf(value === 'off' ? '' : value, checksumAlgorithms, name),
  }),
};

const secretLooking = /secret|password|token|access[-_]?key|session/i;

/**
 * Reads a location's URL: `file:///path` or `s3://bucket/prefix`, with `read-only=true` and, for S3, the
 * parameters above. Throws `storage.invalid-url`, and `storage.credentials-in-url` without repeating any of it.
 */
export function parseLocationUrl(text: string): Location {
  if (/^[a-z0-9+.-]+:\/\/[^/?#]*@/i.test(text)) throw raise['credentials-in-url']();
  if (!URL.canParse(text)) {
    const reason = text.startsWith('/')
      ? 'it is a path, not a URL; put `file://` in front of it'
      : 'it is not a URL';
    throw raise['invalid-url']({ reason });
  }
  const url = new URL(text);
  if (url.hash !== '') throw raise['invalid-url']({ reason: 'it has a fragment (#…)' });
  if (url.protocol === 'file:') return fileLocation(url);
  if (url.protocol === 's3:') return s3Location(url);
  throw raise['invalid-url']({ reason: `"${url.protocol}" is not supported; supported are file: and s3:` });
}

function fileLocation(url: URL): Location {
  if (url.host !== '' && url.host !== 'localhost') {
    throw raise['invalid-url']({
      reason: `a file URL has three slashes and an absolute path, not a host ("${url.host}")`,
    });
  }
  const { readOnly } = readParameters(url, {});
  try {
    const plain = new URL(url);
    [plain.search, plain.host] = ['', ''];
    return { kind: 'filesystem', path: fileURLToPath(plain), readOnly };
  } catch (cause) {
    throw raise['invalid-url']({ reason: 'its path cannot be decoded' }, { cause });
  }
}

function s3Location(url: URL): Location {
  if (url.hostname === '' || url.port !== '') {
    throw raise['invalid-url']({
      reason: 'an S3 URL names a bucket: s3://bucket/prefix (the server goes into `endpoint=`)',
    });
  }
  const { readOnly, settings } = readParameters(url, s3Parameters);
  const prefix = decoded(url.pathname).replace(/^\/+|\/+$/g, '');
  const pathStyle = settings.pathStyle ?? settings.endpoint !== undefined;
  return { kind: 's3', s3: { bucket: url.hostname, prefix, ...settings, pathStyle }, readOnly };
}

function readParameters(url: URL, known: Readonly<Record<string, S3Parameter>>) {
  let settings: Partial<S3Settings> = {};
  let readOnly: boolean | undefined;
  const seen = new Set<string>();
  for (const [name, value] of url.searchParams) {
    const read = Object.hasOwn(known, name) ? known[name] : undefined;
    if (read === undefined && name !== 'read-only') throw unknownParameter(name, Object.keys(known));
    if (seen.has(name)) throw raise['invalid-url']({ reason: `the parameter "${name}" is given twice` });
    seen.add(name);
    if (read === undefined) readOnly = truth(value, name);
    else settings = { ...settings, ...read(value, name) };
  }
  return { readOnly, settings };
}

function unknownParameter(name: string, known: readonly string[]): Error {
  if (secretLooking.test(name)) return raise['credentials-in-url']();
  const all = [...known, 'read-only'].join(', ');
  return raise['invalid-url']({ reason: `it has no parameter "${name}"; it has ${all}` });
}

/** An `http:` or `https:` URL without credentials, or an error that names the setting. */
export function httpUrl(value: string, name: string): string {
  if (!URL.canParse(value)) throw raise['invalid-url']({ reason: `"${name}" is not a URL` });
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') throw raise['credentials-in-url']();
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw raise['invalid-url']({ reason: `"${name}" begins with neither http:// nor https://` });
  }
  return value;
}

function truth(value: string, name: string): boolean {
  return oneOf(value, ['true', 'false'], name) === 'true';
}

function oneOf<T extends string>(value: string, allowed: readonly T[], name: string): T {
  const found = allowed.find(one => one === value);
  if (found !== undefined) return found;
  const all = allowed.map(one => (one === '' ? 'off' : one)).join(', ');
  throw raise['invalid-url']({ reason: `"${name}" is "${value}"; it can be ${all}` });
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw raise['invalid-url']({ reason: 'its path cannot be decoded' }, { cause });
  }
}
