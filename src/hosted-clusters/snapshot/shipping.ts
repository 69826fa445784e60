import { createReadStream } from 'node:fs';
import { checkedSnapshot } from '#etcd/save/checked-snapshot.ts';
import { objectSink } from '#etcd/save/object-sink.ts';
import { trailerSize } from '#etcd/snapshot/trailer.ts';
import { say } from '#foundation/language.ts';
import { textAt } from '#kube/fields.ts';
import { type Json, proven, type Step, type StepRun, unproven } from '#steps/step.ts';
import { concatenated } from '#storage/bodies.ts';
import { type Captured, capturedIn, spooledFile } from './capture.ts';
import { chosenIn } from './verifying.ts';
import { fileNameOf, type SnapshotWork } from './work.ts';

/** Puts the snapshot where it is kept, under a name that was free. */
export function shipStep(work: SnapshotWork): Step {
  const place = `${work.target.store.url.replace(/\/+$/, '')}/${work.target.dated ? 'DATE/' : ''}${fileNameOf(work.cluster)}`;
  return {
    id: 'ship',
    title: say(`Ship the snapshot to ${place}`, `スナップショットを ${place} に保存`),
    command: `aws s3 cp etcd-0.db ${place}`,
    act: run => ship(work, run),
    async prove(run) {
      const chosen = chosenCapture(run);
      if (chosen !== undefined && (await isKept(work, run, chosen))) return proven;
      return unproven(say(`${place} does not hold it`, `${place} に保存されていません`));
    },
  };
}

/** The key of the object. */
export function objectKeyOf(work: SnapshotWork, run: Pick<StepRun, 'resultOf'>): string {
  const name = fileNameOf(work.cluster);
  const stamp = textAt(run.resultOf('preflight'), 'stamp');
  return work.target.dated && stamp !== undefined ? `${stamp}/${name}` : name;
}

/** The snapshot that was chosen. */
export function chosenCapture(run: Pick<StepRun, 'resultOf'>): Captured | undefined {
  const pod = chosenIn(run.resultOf('verify'));
  return capturedIn(run.resultOf('capture')).find(each => each.pod === pod);
}

async function ship(work: SnapshotWork, run: StepRun): Promise<Json> {
  const chosen = chosenCapture(run);
  if (chosen === undefined) throw new Error('no snapshot was chosen');
  const name = objectKeyOf(work, run);
  const { pod, size, sha256 } = chosen;
  const place = `${work.target.store.url.replace(/\/+$/, '')}/${name}`;
  if (await isKept(work, run, chosen)) return { place, pod, size, sha256 };
  const bytes = checkedSnapshot(counted(work, createReadStream(spooledFile(work, run, pod)), size), {
    source: pod,
  });
  const stored = await objectSink(work.target.store).store({ name, bytes }, { signal: run.signal });
  return { place: stored.place, pod, size: stored.size, sha256 };
}

async function* counted(
  { progress }: SnapshotWork,
  bytes: AsyncIterable<Uint8Array>,
  total: number,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const piece of bytes) {
    done += piece.length;
    progress({ phase: 'ship', done, total, unit: 'bytes' });
    yield piece;
  }
}

/** Its size and the checksum at its end, read back: an upload of a dead run that had come to its end counts. */
async function isKept(work: SnapshotWork, run: StepRun, { size, sha256 }: Captured): Promise<boolean> {
  const { store } = work.target;
  const { signal } = run;
  const name = objectKeyOf(work, run);
  const found = await store.head(name, { signal });
  if (found?.size !== size) return false;
  const range = { offset: size - trailerSize, length: trailerSize };
  const pieces = await Array.fromAsync(await store.getRange(name, range, { signal }));
  return Buffer.from(concatenated(pieces, trailerSize)).toString('hex') === sha256;
}
