import { type BinaryOptions, binaries } from '../binaries.ts';

/** The releases of etcd that the testbed has: Debian's 3.4.23, and 3.5.21 and 3.6.8 of Go modules. */
export type EtcdVersion = '3.4' | '3.5' | '3.6';

export const etcdVersions: readonly EtcdVersion[] = ['3.4', '3.5', '3.6'];

/** Paths of the programs of one release. */
export interface EtcdPrograms {
  readonly etcd: string;
  readonly etcdctl: string;
  /** From 3.5 on; before that, etcdctl did what it does. */
  readonly etcdutl: string | undefined;
}

/** The programs of a release, fetched or built where the cache does not have them. */
export async function etcdPrograms(version: EtcdVersion, options: BinaryOptions = {}): Promise<EtcdPrograms> {
  const suffix = version === '3.6' ? '' : `-${version}`;
  const names = ['etcd', 'etcdctl', ...(version === '3.4' ? [] : ['etcdutl'])];
  const [etcd = '', etcdctl = '', etcdutl] = await binaries(
    names.map(name => `${name}${suffix}`),
    options,
  );
  return { etcd, etcdctl, etcdutl };
}
