import type { Message } from '#foundation/language.ts';
import type { Step } from './step.ts';

/** What a procedure says of its own advance. */
export type StepEvent =
  /** `again`: a dead run had begun it. */
  | { readonly kind: 'begun'; readonly step: Step; readonly again: boolean }
  /** Done before, and still so. */
  | { readonly kind: 'found-done'; readonly step: Step }
  | { readonly kind: 'waiting'; readonly step: Step; readonly detail: Message }
  /** What a step, or its undoing, leaves for a person to do or to know. */
  | { readonly kind: 'remark'; readonly step: Step; readonly remark: Message }
  | { readonly kind: 'proven'; readonly step: Step }
  | { readonly kind: 'failed'; readonly step: Step; readonly failure: unknown }
  | { readonly kind: 'undoing' | 'undone'; readonly step: Step };

export type StepEvents = (event: StepEvent) => void;
