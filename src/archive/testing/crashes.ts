import type { ObjectStore } from '#storage/object-store.ts';
import { type Fault, type FaultPlan, faulty } from '#storage/testing/faulty.ts';
import { inCopies } from './runs.ts';

class Dead extends Error {}

/**
 * How a process dies at a call: before the store does it, after it did and before the answer, or while the store
 * reads the body (or the answer).
 */
export type Death = 'before' | 'after' | 'during';
export const deaths: readonly Death[] = ['before', 'after', 'during'];

/** A store of a process that dies at its call number `at`, counted from 1: whatever it tries then fails. */
export function dying(
  inner: ObjectStore,
  at: number,
  death: Death,
): { store: ObjectStore; reached: () => boolean } {
  let dead = false;
  const plan: FaultPlan = ({ number, body }) => {
    if (number < at) return undefined;
    const fault = number === at ? deathOf(death, body !== undefined) : lasting;
    dead = true;
    return fault;
  };
  return { store: faulty(inner, plan), reached: () => dead };
}

const lasting: Fault = { kind: 'before', error: new Dead('the process is dead') };

function deathOf(death: Death, hasBody: boolean): Fault {
  if (death === 'after') return { kind: 'after', error: new Dead('the process died after this call') };
  if (death === 'during' && hasBody) return { kind: 'cut-body', after: 10 };
  return lasting;
}

/** A store of which only the call number `at` fails. */
export function failingOnce(
  inner: ObjectStore,
  at: number,
  death: Death,
): { store: ObjectStore; reached: () => boolean } {
  let met = false;
  const plan: FaultPlan = ({ number, body }) => {
    if (number !== at) return undefined;
    met = true;
    return deathOf(death, body !== undefined);
  };
  return { store: faulty(inner, plan), reached: () => met };
}

/**
 * Plays a scene in which call number 1, 2, 3 … fails, each in a location of its own, until the call is not reached. What
 * is there before is what `prepare`, which is called once, puts there.
 */
export async function atEveryCall(
  scene: (store: ObjectStore, at: number) => Promise<{ readonly reached: boolean }>,
  prepare: (store: ObjectStore) => Promise<void> = async () => {},
): Promise<void> {
  await inCopies(prepare, async fresh => {
    for (let at = 1; ; at++) {
      const outcome = { reached: false };
      await fresh(async store => {
        outcome.reached = (await scene(store, at)).reached;
      });
      if (!outcome.reached) return;
    }
  });
}

/** Whether something succeeds. */
export function succeeds(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}
