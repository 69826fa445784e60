import { isAlive, type RunIdentity, readRunIdentity } from '#archive/runs/run-identity.ts';
import { isFields } from '#kube/fields.ts';

/** Who works on a hosted cluster. */
export interface Holder extends RunIdentity {
  /** ISO 8601. */
  readonly since: string;
}

/** This process, as the holder of a lock that it takes now. */
export async function thisHolder(now: Date): Promise<Holder> {
  return { ...(await readRunIdentity()), since: now.toISOString() };
}

/** Reads what a lock says of its holder; `undefined` where nobody has it. What cannot be understood is somebody. */
export function readHolder(text: string | undefined): Holder | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value) && texts.every(key => typeof value[key] === 'string')) {
      if (typeof value['pid'] === 'number') return value as unknown as Holder;
    }
  } catch {
    // as below
  }
  return { ...nobody };
}

const texts = ['runId', 'host', 'machine', 'boot', 'pidNamespace', 'started', 'since'] as const;

const nobody: Holder = {
  runId: '',
  host: '?',
  machine: '',
  boot: '',
  pidNamespace: '',
  pid: 0,
  started: '',
  since: '?',
};

/** `bastion (process 4711)`. */
export function nameOfHolder({ host, pid }: Holder): string {
  return `${host} (process ${pid})`;
}

/** `unknown` where it is on another machine: then only time tells. */
export function livenessOf(holder: Holder): ReturnType<typeof isAlive> {
  return holder.runId === '' ? Promise.resolve('unknown') : isAlive(holder);
}
