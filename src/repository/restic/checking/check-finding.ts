import type { Message } from '#foundation/language.ts';

/** Something wrong with a repository. */
export type CheckFinding =
  /** A file of the repository is damaged or gone: data may be lost. */
  | { readonly kind: 'file'; readonly file: string; readonly text: Message }
  /** What of a snapshot cannot be restored, or only in part. */
  | { readonly kind: 'path'; readonly snapshot: string; readonly path: string; readonly text: Message }
  /** A pack that no index names: of a writer that was interrupted, or is at work. Nothing is lost. */
  | { readonly kind: 'unused'; readonly file: string; readonly text: Message };
