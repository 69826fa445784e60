import type { Readable, Writable } from 'node:stream';
import type { Clock } from '#foundation/clock.ts';
import type { Language, Message } from '#foundation/language.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Config } from './config/schema.ts';
import type { GlobalValues } from './global-flags.ts';
import type { OpenedLocation } from './locations/location.ts';
import type { Paint } from './output/style.ts';
import type { TreeNode } from './spec.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type InputStream = Readable & { readonly isTTY?: boolean };

/** What the process gives to a run; tests give their own. */
export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Env;
  readonly stdin: InputStream;
  readonly out: OutputStream;
  readonly err: OutputStream;
  readonly clock: Clock;
  /** Aborts with a `run.cancelled` error when the person or the system wants the run to stop. */
  readonly signal: AbortSignal;
}

/** The surroundings of a run, and what was decided before its command is loaded. */
export interface Frame extends Surroundings {
  readonly language: Language;
  readonly tree: readonly TreeNode[];
  readonly paint: (stream: OutputStream) => Paint;
}

/** What a command's handler works with. Whatever it opens here is closed by the frame after the handler. */
export interface Context extends Pick<Surroundings, 'env' | 'stdin' | 'clock' | 'signal'> {
  readonly language: Language;
  readonly globals: GlobalValues;
  /** Every command there is. */
  readonly tree: readonly TreeNode[];
  /** The namespace of the Velero objects: `--namespace`, the configuration's, or `velero`. */
  readonly veleroNamespace: () => Promise<string>;
  /** Where engines report their advance; what it looks like is not the handler's business. */
  readonly progress: Progress;
  /** Whether it is followed while it is reported, as far as one can tell: on a terminal, or because it was asked for. */
  readonly progressIsFollowed: boolean;
  /** A remark for the person, on stderr; silent with `--quiet`. */
  readonly note: (text: Message) => void;
  /** Asks for a "yes" on the terminal; throws `run.cancelled` on anything else, `cli.needs-confirmation` without a terminal. */
  readonly confirm: (question: Message, flag: string) => Promise<void>;
  /** Asks on the terminal for what is not to be shown; `undefined` without a terminal. Throws `run.cancelled`. */
  readonly askHidden: (question: Message) => Promise<string | undefined>;
  readonly config: () => Promise<Config>;
  /** The cluster that the flags and the kubeconfig name; connected once. */
  readonly cluster: () => Promise<KubeApi>;
  /**
   * The storage location that `wanted` (a name or URL), else the flags, the configuration or the cluster name.
   * Opened once; the store is closed after the handler.
   */
  readonly location: (wanted?: string) => Promise<OpenedLocation>;
  /** Runs after the handler, whatever became of it; the last one first. */
  readonly defer: (close: () => Promise<void>) => void;
}
