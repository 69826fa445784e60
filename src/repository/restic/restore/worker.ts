import { parentPort, workerData } from 'node:worker_threads';
import type { Order, WorkerSetup } from './orders.ts';
import { RestoreWork } from './work.ts';

/** The worker thread of a restore: answers each order in its turn. */
const setup = workerData as WorkerSetup;
const { encrypt, macK, macR } = setup.key;
const key = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
const work = new RestoreWork({ ...setup, key });

parentPort?.on('message', (order: Order) => parentPort?.postMessage(work.do(order), []));
