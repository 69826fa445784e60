import { cliErrors } from '../errors.ts';

/** Which of Velero's repositories is meant. */
export interface VeleroName {
  /** A location, as `--location` has it: a name or a URL. */
  readonly location: string;
  readonly namespace: string;
}

const scheme = 'velero:';

/** What `velero:LOCATION/NAMESPACE` says; `undefined` for any other name. @throws `cli.bad-value` */
export function veleroName(repo: string): VeleroName | undefined {
  if (!repo.startsWith(scheme)) return undefined;
  const [, location = '', namespace = '', parameters = ''] =
    /^(.+)\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/?(\?.*)?$/.exec(repo.slice(scheme.length)) ?? [];
  if (location !== '' && !location.endsWith('/')) return { location: location + parameters, namespace };
  throw cliErrors.raise['bad-value']({ flag: '--repo', given: repo, expected: 'velero:LOCATION/NAMESPACE' });
}
