import { componentLabel, controlPlaneLabel } from './types.ts';

/** A volume and where containers have it. */
export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly source?: object;
}

/** The labels of the pods of one component, and of what runs them. */
export function componentLabels(namespace: string, component: string): Record<string, string> {
  return { app: component, [controlPlaneLabel]: namespace, [componentLabel]: component };
}

export function fromSecret(secretName: string, mountPath: string): Mount {
  return { name: secretName, mountPath, source: { secret: { secretName } } };
}

export function fromConfigMap(name: string, mountPath: string): Mount {
  return { name, mountPath, source: { configMap: { name } } };
}

/** A file of this machine in the place of `/etc/hosts`, which kubelet then does not write. */
export function hostsFile(path: string): Mount {
  return { name: 'hosts', mountPath: '/etc/hosts', source: { hostPath: { path, type: 'File' } } };
}

export function volumesOf(mounts: readonly Mount[]): object[] {
  return mounts.flatMap(({ name, source }) => (source === undefined ? [] : [{ name, ...source }]));
}

export function mountsOf(mounts: readonly Mount[]): object[] {
  return mounts.map(({ name, mountPath, source }) => ({
    name,
    mountPath,
    ...(source === undefined ? {} : { readOnly: true }),
  }));
}
