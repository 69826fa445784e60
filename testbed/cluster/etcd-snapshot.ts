import { binaries } from '../binaries.ts';
import { type RunResult, run, runOk } from '../processes.ts';
import type { EtcdState } from './etcd.ts';

/** Takes a snapshot as an administrator does, with stock etcdctl. */
export async function saveSnapshot(
  { endpoint, caFile, certFile, keyFile }: EtcdState,
  path: string,
): Promise<void> {
  const [etcdctl = ''] = await binaries(['etcdctl']);
  const access = [`--endpoints=${endpoint}`, `--cacert=${caFile}`, `--cert=${certFile}`, `--key=${keyFile}`];
  await runOk([etcdctl, ...access, 'snapshot', 'save', path]);
}

/** What `etcdutl snapshot status` prints. */
export interface StockStatus {
  readonly hash: number;
  readonly revision: number;
  readonly totalKey: number;
  readonly totalSize: number;
  readonly version: string;
}

/** What stock etcdutl says of a snapshot. */
export async function stockStatus(path: string): Promise<StockStatus> {
  const [etcdutl = ''] = await binaries(['etcdutl']);
  return JSON.parse(await runOk([etcdutl, 'snapshot', 'status', path, '-w', 'json'])) as StockStatus;
}

/** Stock etcdutl, restoring a snapshot into a data directory. */
export async function stockRestore(path: string, dataDir: string): Promise<RunResult> {
  const [etcdutl = ''] = await binaries(['etcdutl']);
  return run([etcdutl, 'snapshot', 'restore', path, '--data-dir', dataDir]);
}
