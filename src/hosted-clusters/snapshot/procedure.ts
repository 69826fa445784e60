import { say } from '#foundation/language.ts';
import { type Procedure, proven, type Step } from '#steps/step.ts';
import { captureStep, removeSpooled } from './capture.ts';
import { keyNames, matchStep, storeKeyStep } from './keys.ts';
import { awaitPauseStep, pauseStep, resumeStep } from './pausing.ts';
import { preflightStep } from './preflight.ts';
import { shipStep } from './shipping.ts';
import { discardSpool } from './spool.ts';
import { verifyStep } from './verifying.ts';
import type { ClusterWork, SnapshotWork } from './work.ts';
import { awaitWritersStep, scaleBackStep, scaleDownStep } from './writers.ts';

/** Its name in journals. */
export const procedureName = 'hosted-cluster-snapshot';

/**
 * A snapshot of a hosted cluster, step by step. The API is away from `scale-down` to `await-writers` alone: what can be done with the
 * spooled files (verifying, matching, shipping) is done when it is back. The key is stored before the snapshot is: where there is a
 * snapshot, there is its key.
 */
export function snapshotProcedure(work: SnapshotWork): Procedure {
  const { mode, nodePools, target, keySink } = work;
  const key = keyNames(work).length === 0 ? 'none' : (keySink?.url ?? 'not stored');
  const steps = [
    preflightStep(work),
    ...(mode === 'cold' ? [pauseStep(work), awaitPauseStep(work), scaleDownStep(work)] : []),
    captureStep(work),
    ...(mode === 'cold' ? [scaleBackStep(work), resumeStep(work), awaitWritersStep(work)] : []),
    verifyStep(work),
    ...(hasKey(work) ? [matchStep(work)] : []),
    ...(hasKey(work) && keySink !== undefined ? [storeKeyStep(work, keySink)] : []),
    shipStep(work),
  ];
  return {
    name: procedureName,
    input: { mode, nodePools, target: target.store.url, dated: target.dated, key },
    onFailure: 'undo',
    steps,
    async tidy({ memoryOf, note }) {
      const left = await discardSpool(work.spoolBase, memoryOf('capture'));
      if (left !== undefined) note(left);
    },
    others: undoing(work).filter(({ id }) => steps.every(each => each.id !== id)),
  };
}

/** What takes back whatever a snapshot of this cluster has begun, with which flags it was. Its steps are never done. */
export function undoProcedure(work: ClusterWork): Procedure {
  return { name: procedureName, input: null, onFailure: 'stop', steps: [], others: undoing(work) };
}

function hasKey(work: SnapshotWork): boolean {
  return keyNames(work).length > 0;
}

const withoutUndo = [
  'preflight',
  'await-pause',
  'scale-back',
  'resume',
  'await-writers',
  'verify',
  'match-key',
  'store-key',
  'ship',
];

function undoing(work: ClusterWork): Step[] {
  const capture: Step = { ...known('capture'), onlyLooks: true, undo: removeSpooled(work) };
  return [pauseStep(work), scaleDownStep(work), capture, ...withoutUndo.map(known)];
}

/** A step that a journal may name, and that nothing takes back. */
function known(id: string): Step {
  return {
    id,
    title: say(id, id),
    act: () => Promise.reject(new Error(`${id} is not done here`)),
    prove: async () => proven,
  };
}
