import type { ModifierRule } from '../modifiers/read.ts';
import type { ImageChange } from './images.ts';

/** What is to be changed in restored objects, beyond what makes them creatable. */
export interface Changes {
  /** Old storage class → new one. */
  readonly storageClasses: ReadonlyMap<string, string>;
  readonly images: readonly ImageChange[];
  readonly modifiers: readonly ModifierRule[];
}

export const noChanges: Changes = { storageClasses: new Map(), images: [], modifiers: [] };
