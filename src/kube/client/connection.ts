/**
 * Everything that is needed to talk to one API server, and where it was found. A value: secrets are behind
 * functions, so that printing or serialising one shows none.
 */
export interface ClusterConnection {
  /** The server's URL without a final slash; it may have a path. */
  readonly server: string;
  /** Where it comes from, for messages: a file, a list of files, `in-cluster`. */
  readonly source: string;
  /** The kubeconfig context; absent in a cluster. */
  readonly context: string | undefined;
  /** The namespace that the context (or the service account) names; `default` otherwise. */
  readonly namespace: string;
  /** URL of a proxy (http, https, socks5), from the kubeconfig or the environment. */
  readonly proxy: string | undefined;
  readonly tls: TlsTrust;
  readonly credentials: Credentials;
  readonly impersonation: Impersonation | undefined;
}

/** Which server certificates are believed. */
export interface TlsTrust {
  /** No verification at all: `insecure-skip-tls-verify`. */
  readonly insecure: boolean;
  /** The name to expect in the certificate in place of the URL's host. */
  readonly serverName: string | undefined;
  /** PEM of the authorities; without it the ones of the system. Re-read from its file now and then. */
  readonly ca: Material | undefined;
}

/** PEM or a token, out of memory or a file. Rejects with `kube.credential-file`. */
export type Material = () => Promise<string>;

/** Where a request's identity comes from. */
export interface Credentials {
  /** What the next request carries. Cheap to call; runs a plugin or reads a file only when it must. */
  current(signal?: AbortSignal): Promise<Credential>;
  /** The server did not accept what `current` gave: forget it. False where there would be nothing else to give. */
  refresh(): boolean;
}

export interface Credential {
  /** The Authorization header's value. */
  readonly authorization?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
}

/** PEM of both. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Acting as somebody else; the API server checks that the credentials may. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The request headers of an impersonation; the extras' keys are percent-encoded as the API server expects. */
export function impersonationHeaders(
  impersonation: Impersonation | undefined,
): Record<string, string | string[]> {
  if (impersonation === undefined) return {};
  const headers: Record<string, string | string[]> = { 'Impersonate-User': impersonation.user };
  if (impersonation.groups.length > 0) headers['Impersonate-Group'] = [...impersonation.groups];
  if (impersonation.uid !== undefined) headers['Impersonate-Uid'] = impersonation.uid;
  for (const [key, values] of Object.entries(impersonation.extra)) {
    headers[`Impersonate-Extra-${headerKey(key)}`] = [...values];
  }
  return headers;
}

/** Percent-encodes what a header name cannot hold; `%` itself too. */
function headerKey(key: string): string {
  return [...Buffer.from(key)]
    .map(byte => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(char)
        ? char
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
