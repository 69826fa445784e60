import * as problem from './problems.ts';
import type { Part, PolicyReader } from './reader.ts';
import { readConditions, type VolumeCondition } from './volume-conditions.ts';
import type { ClaimFacts, VolumeFacts } from './volume-facts.ts';

/** What is to be done with a volume's data; `custom` leaves it to a plugin of Velero's. */
export type VolumeAction = (typeof actions)[number];

export interface VolumePolicy {
  readonly conditions: readonly VolumeCondition[];
  readonly action: VolumeAction;
}

const actions = ['skip', 'fs-backup', 'snapshot', 'custom'] as const;

/** Reads `volumePolicies`. The parameters of an action are those of whoever carries it out, and not looked at. */
export function readVolumePolicies(part: Part, reader: PolicyReader): VolumePolicy[] {
  return reader.maps(part, ['conditions', 'action']).flatMap(({ field }) => {
    const conditions = readConditions(field('conditions'), reader);
    const action = readAction(field('action'), reader);
    return action === undefined ? [] : [{ conditions, action }];
  });
}

function readAction(part: Part, reader: PolicyReader): VolumeAction | undefined {
  const field = reader.map(part, ['type', 'parameters']);
  const type = field === undefined ? '' : (reader.text(field('type')) ?? '');
  const action = actions.find(each => each === type);
  if (action === undefined) reader.complain(`${part.place}.type`, problem.badAction(type));
  return action;
}

/** The action of the first policy whose conditions all hold; `undefined` where there is none. */
export function actionOn(
  policies: readonly VolumePolicy[],
  volume: VolumeFacts,
  claim?: ClaimFacts,
): VolumeAction | undefined {
  return policies.find(({ conditions }) => conditions.every(holds => holds(volume, claim)))?.action;
}

/** Whether a volume's data is to be captured; `unasked` and `skipped` say why it is not. */
export type DataFate = 'wanted' | 'unasked' | 'skipped';

/** A policy decides; where none does, `isAsked` says whether the Backup or the pod asks for the data. */
export function fateOf(action: VolumeAction | undefined, isAsked: boolean): DataFate {
  if (action !== undefined) return action === 'skip' ? 'skipped' : 'wanted';
  return isAsked ? 'wanted' : 'unasked';
}
