import { defaultNamespace, type HostedClusterKey } from '#hosted-clusters/hosted-cluster.ts';
import { cliErrors } from '../../errors.ts';
import { say } from '../../spec.ts';

/** The argument that names a HostedCluster. */
export const nameArgument = {
  name: 'NAME',
  required: true,
  summary: say(
    'The HostedCluster: NAME in the namespace clusters, or NAMESPACE/NAME',
    'HostedCluster の名前。clusters 以外の namespace の場合は NAMESPACE/NAME',
  ),
} as const;

/** What the argument means. @throws `cli.bad-value` */
export function hostedClusterKey(given: string): HostedClusterKey {
  const [, namespace = defaultNamespace, name] =
    /^(?:([a-z0-9][a-z0-9-]*)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(given) ?? [];
  if (name !== undefined) return { namespace, name };
  throw cliErrors.raise['bad-value']({ flag: 'NAME', given, expected: 'west, clusters/west' });
}
