import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, issue } from './pki.ts';

/** Where an API server is and who vouches for it. */
export interface ServerAddress {
  readonly server: string;
  readonly caFile: string;
}

export interface User {
  /** A file name too, so of letters, digits, `.`, `-`, `_`. */
  readonly name: string;
  /** Its name in Kubernetes; `name` unless told. */
  readonly commonName?: string;
  readonly groups?: readonly string[];
}

/** Issues a client certificate for a user and writes a kubeconfig that holds all it needs. Resolves to its path. */
export async function writeKubeconfig(
  authority: Authority,
  dir: string,
  address: ServerAddress,
  user: User,
): Promise<string> {
  const pair = await issue(authority, {
    name: `user-${user.name}`,
    commonName: user.commonName ?? user.name,
    organizations: user.groups ?? [],
  });
  const inline = async (path: string): Promise<string> => (await readFile(path)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'testbed',
        cluster: { server: address.server, 'certificate-authority-data': await inline(address.caFile) },
      },
    ],
    users: [
      {
        name: user.name,
        user: {
          'client-certificate-data': await inline(pair.certificate),
          'client-key-data': await inline(pair.key),
        },
      },
    ],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: user.name } }],
    'current-context': 'testbed',
  };
  const path = join(dir, `${user.name}.kubeconfig`);
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return path;
}
