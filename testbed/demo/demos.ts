import { tellHostedCluster } from './hosted/hosted-cluster-demo.ts';
import type { Narrator } from './narrator.ts';
import { tellProjects } from './projects-demo.ts';

export interface Telling {
  readonly narrator: Narrator;
  /** Whether a person watches on a terminal. */
  readonly terminal: boolean;
  readonly signal: AbortSignal;
}

/** A demonstration that can be chosen by its name. */
export interface Demo {
  readonly name: string;
  /** One line, for the list of them. */
  readonly summary: string;
  /** Resolves to what is said at the end, and whether all was as it should be. */
  readonly tell: (telling: Telling) => Promise<Verdict>;
}

export interface Verdict {
  readonly text: string;
  readonly good: boolean;
}

/** The first is told where none is chosen. */
export const demos: readonly Demo[] = [
  {
    name: 'projects',
    summary: 'Two projects are backed up, deleted, and restored twice; every object is compared (a minute)',
    tell: tellProjects,
  },
  {
    name: 'hosted-cluster',
    summary: 'A hosted control plane under writes is snapshotted, lost, and made anew (a few minutes)',
    tell: tellHostedCluster,
  },
];
