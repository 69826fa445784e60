import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A member that answers nobody until it is disposed; its pod goes on. */
export type Frozen = Disposable;

/** Stops etcd of a pod of this machine in its tracks: to the others it is away, and it knows nothing of it. */
export async function freezeEtcd(podUid: string): Promise<Frozen> {
  const pids = await etcdProcesses(podUid);
  if (pids.length === 0) throw new Error(`no etcd runs in the pod with the uid ${podUid}`);
  signalAll(pids, 'SIGSTOP');
  return { [Symbol.dispose]: () => signalAll(pids, 'SIGCONT') };
}

/** A process is in a cgroup that bears its pod's uid, whichever driver made it. */
async function etcdProcesses(podUid: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async pid => {
      const [comm, cgroup] = await Promise.all(
        ['comm', 'cgroup'].map(file => readFile(join('/proc', pid, file), 'utf8').catch(() => '')),
      );
      return comm?.trim() === 'etcd' && cgroup?.includes(podUid) === true ? Number(pid) : undefined;
    }),
  );
  return found.filter(pid => pid !== undefined);
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown; // it has ended meanwhile
    }
  }
}
