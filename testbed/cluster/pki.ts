import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOk } from '../processes.ts';

/** A certificate authority of the testbed's own: files, because the servers read files. */
export interface Authority {
  readonly dir: string;
  readonly certificate: string;
  readonly key: string;
}

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** The file name, and the common name unless `commonName` says otherwise. */
  readonly name: string;
  readonly commonName?: string;
  /** A user's groups, as Kubernetes reads them from client certificates. */
  readonly organizations?: readonly string[];
  /** Makes it a server's certificate (too): host names and IP addresses. */
  readonly hosts?: readonly string[];
}

const days = '365';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A new certificate authority in `dir`: `ca.crt`, `ca.key`. Elliptic keys, since they take milliseconds. */
export async function makeAuthority(dir: string, commonName: string): Promise<Authority> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const authority = { dir, certificate: join(dir, 'ca.crt'), key: join(dir, 'ca.key') };
  await sign([
    ['-subj', subject(commonName, [])],
    ['-keyout', authority.key, '-out', authority.certificate],
    ['-addext', 'basicConstraints=critical,CA:TRUE'],
    ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  return authority;
}

/** A new key and its certificate, beside the authority's own: `NAME.crt`, `NAME.key`. Replaces an older one. */
export async function issue(authority: Authority, request: CertificateRequest): Promise<KeyPair> {
  const pair = {
    certificate: join(authority.dir, `${request.name}.crt`),
    key: join(authority.dir, `${request.name}.key`),
  };
  const hosts = request.hosts ?? [];
  await sign([
    ['-CA', authority.certificate, '-CAkey', authority.key],
    ['-subj', subject(request.commonName ?? request.name, request.organizations ?? [])],
    ['-keyout', pair.key, '-out', pair.certificate],
    ['-addext', 'basicConstraints=critical,CA:FALSE'],
    ['-addext', 'keyUsage=critical,digitalSignature'],
    ['-addext', `extendedKeyUsage=${hosts.length === 0 ? 'clientAuth' : 'serverAuth,clientAuth'}`],
    hosts.length === 0 ? [] : ['-addext', `subjectAltName=${hosts.map(alternativeName).join(',')}`],
  ]);
  return pair;
}

/** Keys that sign the tokens of service accounts: `NAME.key` and `NAME.pub`. */
export async function makeSigningKey(dir: string, name: string): Promise<{ key: string; public: string }> {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const files = { key: join(dir, `${name}.key`), public: join(dir, `${name}.pub`) };
  await writeFile(files.key, pair.privateKey, { mode: 0o600 });
  await writeFile(files.public, pair.publicKey, { mode: 0o600 });
  return files;
}

/** Signed by the authority that the options name, by itself where they name none. */
async function sign(options: readonly (readonly string[])[]): Promise<void> {
  await runOk(['openssl', 'req', '-x509', ...newKey, '-days', days, ...options.flat()]);
}

/** openssl's own notation, where `/`, `+` and `\` separate and escape. */
function subject(commonName: string, organizations: readonly string[]): string {
  const escape = (text: string): string => text.replaceAll(/[\\/+]/g, '\\$&');
  return [...organizations.map(name => `/O=${escape(name)}`), `/CN=${escape(commonName)}`].join('');
}

function alternativeName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`;
}
