/**
 * What an engine says of its own advance. Engines never print: a terminal, JSON lines and a resource's status
 * are printers of these events.
 */
export interface ProgressEvent {
  /** What is being done; stable, for programs: `collect`, `hooks`, `upload`, `apply` … */
  readonly phase: string;
  readonly done: number;
  /** Absent while it is not known. */
  readonly total?: number | undefined;
  readonly unit: 'items' | 'bytes';
  /** The object at hand, as a person would name it. */
  readonly current?: string | undefined;
  /** Only goes with another phase that is reported at the same time and shows better how far the work is. */
  readonly aside?: boolean | undefined;
}

export type Progress = (event: ProgressEvent) => void;

export const noProgress: Progress = () => {};
