import type { Message } from '#foundation/language.ts';
import type { EntryType } from '../entry.ts';
import type { MetadataProblem } from './target-metadata.ts';

/** What became of an entry, or what would: the same events in the same order whether anything is done or not. */
export type TargetEvent =
  | {
      /**
       * `written` was not there before; `updated` took the place of something; of what is `unchanged` only metadata was set;
       * what is `left` was not touched, because of the policy.
       */
      readonly action: 'written' | 'updated' | 'unchanged' | 'left';
      /** Below the target, in bytes. */
      readonly path: Buffer;
      readonly type: EntryType;
      /** Of its metadata, what could not be set. */
      readonly problems: readonly MetadataProblem[];
    }
  /** It was there and is not part of what was restored, or was in its way. */
  | { readonly action: 'removed'; readonly path: Buffer }
  /** It could not be restored, or not be removed. Nothing wrong was left under its name. */
  | { readonly action: 'failed'; readonly path: Buffer; readonly failure: Failure }
  /** It was restored, and is found to be otherwise when it is looked at again. */
  | { readonly action: 'differs'; readonly path: Buffer; readonly differences: readonly Difference[] };

/** What of an entry is not what it is to be. */
export type Difference = 'missing' | 'type' | 'content' | 'owner' | 'mode' | 'mtime' | 'target' | 'device';

/** Why an entry failed. */
export interface Failure {
  /** Of the operating system (`EACCES`), or of Hozon's errors (`repository.damaged`). */
  readonly code: string;
  /** More than the code says. */
  readonly detail?: Message | undefined;
}

/** What an entry came to, where it came to something. */
export type Action = 'written' | 'updated' | 'unchanged' | 'left';
