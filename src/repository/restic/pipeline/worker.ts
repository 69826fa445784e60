import { parentPort, workerData } from 'node:worker_threads';
import { makeBoundaryFinder } from '../../chunking/boundary.ts';
import { BlobStore } from './blob-store.ts';
import { BlobClaims } from './claims.ts';
import { compressorsOf } from './compressor.ts';
import { storeFile, storeSharedFile, type Tools } from './file-content.ts';
import { KnownBlobs } from './known-blobs.ts';
import {
  type FromWorker,
  type Job,
  type JobContent,
  joinContents,
  splitStrings,
  type ToWorker,
  type WorkerSetup,
} from './messages.ts';
import { PackSlots } from './pack-slots.ts';
import { CalledOff, Calling } from './shared-lock.ts';

type Send = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

/** A thread that stores contents: it does the jobs that come, one after the other, each at once. */
function begin(setup: WorkerSetup, send: Send): (message: ToWorker) => void {
  const calling = new Calling(setup.calling);
  const { encrypt, macK, macR } = setup.key;
  const blobs = new BlobStore({
    key: { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) },
    known: new KnownBlobs(setup.known),
    claims: new BlobClaims(setup.claims, calling),
    slots: new PackSlots(setup.slots, calling),
    ...compressorsOf(setup.compression),
    complete: pack => send({ kind: 'pack', pack }, 'single' in pack ? [pack.single.bytes.buffer] : []),
  });
  const tools: Tools = { blobs, calling, finder: makeBoundaryFinder(setup.polynomial) };
  return ({ number, job }) => {
    try {
      send({ kind: 'done', number, answer: joinContents(perform(tools, job)) });
    } catch (thrown) {
      if (thrown instanceof CalledOff) return;
      send({ kind: 'failed', error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
    }
  };
}

function perform(tools: Tools, job: Job): JobContent[] {
  switch (job.kind) {
    case 'files':
      return Array.from(splitStrings(job.paths), path => storeFile(tools, path));
    case 'share':
      return [storeSharedFile(tools, job)];
    case 'chunk': {
      const id = tools.blobs.data(new Uint8Array(job.memory, 0, job.length));
      return [{ ids: [id], size: job.length }];
    }
    case 'trees':
      for (const plain of splitStrings(job.plains)) tools.blobs.tree(plain);
      return [];
  }
}

const port = parentPort;
if (port !== null) {
  const handle = begin(workerData as WorkerSetup, (message, transfer = []) =>
    port.postMessage(message, transfer),
  );
  port.on('message', handle);
}
