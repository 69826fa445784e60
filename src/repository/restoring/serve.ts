import { parentPort, workerData } from 'node:worker_threads';
import type { Opener } from './contents.ts';
import type { Order, WorkerSetup } from './orders.ts';
import { RestoreWork } from './work.ts';

/** What a worker thread of a restore does: answers each order in its turn. `open` makes the format's opener. */
export function serveRestore(open: (repository: unknown) => Opener): void {
  const setup = workerData as WorkerSetup;
  const work = new RestoreWork(setup, open(setup.repository));
  parentPort?.on('message', (order: Order) => parentPort?.postMessage(work.do(order), []));
}
