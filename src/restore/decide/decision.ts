import type { KubeObject } from '#kube/objects.ts';
import type { Note } from '../notes.ts';
import type { SkipReason } from './reasons.ts';

/** What is to become of one item, and why. A value: it can be printed, compared and carried out. */
export type Decision = (Create | Update | Skip | Keep | Refuse) & {
  /** What a person should know about it when it is carried out. */
  readonly notes: readonly Note[];
  /** The numbers of the resource modifier's rules that changed what was decided about. */
  readonly modifiers?: readonly number[];
};

/** It is not there: create it. */
export interface Create {
  readonly action: 'create';
  readonly reason: 'absent';
  /** As it is to be sent. */
  readonly object: KubeObject;
}

/** It is there: change it by a JSON merge patch, which holds only while the object is still the one looked at. */
export interface Update {
  readonly action: 'update';
  readonly reason: 'policy-update' | 'account-merged' | 'volume-released';
  readonly patch: Readonly<Record<string, unknown>>;
}

/** Nothing is to be done, and nothing is missing for it. */
export interface Skip {
  readonly action: 'skip';
  readonly reason: SkipReason;
  /** What makes it again, where that is known: `Job nightly`. */
  readonly by?: string | undefined;
}

/** It is there, is not what the backup holds, and stays as it is. */
export interface Keep {
  readonly action: 'keep';
  readonly reason: 'exists-differs' | 'exists-deleting';
}

/** It cannot be restored as it should be; its notes say why. */
export interface Refuse {
  readonly action: 'refuse';
  readonly reason: 'storage-class-missing';
}
