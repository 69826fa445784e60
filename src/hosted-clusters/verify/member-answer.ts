import type { Message } from '#foundation/language.ts';

/** A member of etcd as another one lists it. */
export interface ListedMember {
  readonly id: string;
  /** Empty until it was started. */
  readonly name: string;
  readonly isLearner: boolean;
}

/** What the member in one pod says, asked on its own. Plain JSON but for the failure. */
export interface MemberAnswer {
  /** `etcd-0`. */
  readonly pod: string;
  /** Why it could not be asked; then nothing else is known. */
  readonly failure?: Message | undefined;
  readonly memberId?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly leader?: string | undefined;
  readonly revision?: number | undefined;
  readonly version?: string | undefined;
  /** Its own list, which it keeps without the others. */
  readonly members: readonly ListedMember[];
  readonly alarms: readonly string[];
  /** Whether a linearizable read through it succeeded. */
  readonly reachesQuorum: boolean;
}
