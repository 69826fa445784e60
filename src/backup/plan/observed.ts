import type { ExecOptions, ExecResult, KubeApi, PodKey } from '#kube/api.ts';
import type { GroupResource, ResourceType } from '#kube/objects.ts';
import { groupResource } from '#kube/objects.ts';

/** A command that a hook would run. Plain JSON. */
export interface PlannedCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

/** A question that was asked of the API server. */
export interface Question {
  readonly verb: 'list' | 'get';
  readonly resource: GroupResource;
  readonly namespace?: string | undefined;
}

export interface Observed {
  /** Asks the server what is asked of it, and touches nothing: no command is run, no write is passed on. */
  readonly api: KubeApi;
  readonly commands: readonly PlannedCommand[];
  readonly questions: () => readonly Question[];
}

/**
 * A cluster in which a backup can be played through: it answers, and what the backup asks of it is noted. Commands
 * seem to succeed. A write is a programmer's error: a backup has none.
 */
export function observe(api: KubeApi): Observed {
  const commands: PlannedCommand[] = [];
  const questions = new Map<string, Question>();
  const note = (verb: Question['verb'], type: ResourceType, namespace: string | undefined): void => {
    const place = namespace === undefined || namespace === '' ? {} : { namespace };
    const question = { verb, resource: groupResource(type), ...place };
    questions.set(JSON.stringify(question), question);
  };
  const refused = async (): Promise<never> => {
    throw new Error('a plan of a backup writes nothing');
  };
  return {
    commands,
    questions: () => [...questions.values()],
    api: {
      server: api.server,
      version: signal => api.version(signal),
      discover: options => api.discover(options),
      list(type, options) {
        note('list', type, type.namespaced ? options?.namespace : undefined);
        return api.list(type, options);
      },
      get(type, key, options) {
        note('get', type, type.namespaced ? key.namespace : undefined);
        return api.get(type, key, options);
      },
      watch: (type, options) => api.watch(type, options),
      logs: (pod, options) => api.logs(pod, options),
      exec: async (pod, options) => noted(commands, pod, options),
      create: refused,
      replace: refused,
      patch: refused,
      delete: refused,
      portForward: refused,
    },
  };
}

function noted(
  commands: PlannedCommand[],
  pod: PodKey,
  { container = '', command }: ExecOptions,
): ExecResult {
  commands.push({ namespace: pod.namespace, pod: pod.name, container, command: [...command] });
  return { exitCode: 0, stdout: '', stderr: '' };
}
