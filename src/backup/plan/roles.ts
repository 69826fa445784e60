import type { KubeObject } from '#kube/objects.ts';
import { type Right, rolesFor } from '#kube/roles.ts';
import type { BackupPlan } from './plan.ts';

/**
 * The smallest roles with which the planned backup can be made, called `hozon-backup-NAME`: what it asked while it was
 * played through. Namespaces that are named in full are read one by one where they may not be listed. Pure.
 */
export function backupRoles({ backup, questions, commands, namedNamespaces }: BackupPlan): KubeObject[] {
  const isSpared = ({ resource }: { readonly resource: string }): boolean =>
    resource === 'namespaces' && namedNamespaces !== undefined;
  const rights: Right[] = [
    ...questions
      .filter(question => !isSpared(question))
      .map(({ verb, resource, namespace }) => ({ resource, namespace, verbs: [verb] })),
    ...(namedNamespaces === undefined
      ? []
      : [{ resource: 'namespaces', verbs: ['get'], names: namedNamespaces }]),
    ...[...new Set(commands.map(({ namespace }) => namespace))].map(namespace => ({
      resource: 'pods/exec',
      namespace,
      verbs: ['create', 'get'],
    })),
  ];
  return rolesFor(`hozon-backup-${backup.metadata.name}`, rights);
}
