import { secretType } from '#kube/secret-type.ts';
import {
  usualVeleroPassword,
  veleroIdentity,
  veleroPrefix,
  veleroSecret,
} from '#repository/kopia/velero/names.ts';
import { prefixed } from '#storage/prefixed.ts';
import type { Context } from '../context.ts';
import { say } from '../spec.ts';
import type { Place } from './place.ts';
import type { VeleroName } from './velero-name.ts';

/**
 * Where Velero keeps the volumes of a namespace in a storage location. The password is that of Velero's Secret where the location is one
 * of the cluster's; otherwise, and where there is no such Secret, what Velero itself takes then.
 *
 * @throws as opening the location does
 */
export async function veleroPlace({ location, namespace }: VeleroName, context: Context): Promise<Place> {
  const { store, origin } = await context.location(location);
  const password = async (): Promise<Buffer> => {
    const found = origin === 'cluster' ? await passwordInCluster(context) : undefined;
    if (found === undefined) context.note(usual);
    return found ?? Buffer.from(usualVeleroPassword);
  };
  return {
    store: prefixed(store, veleroPrefix(namespace)),
    password,
    identity: veleroIdentity,
    veleroNamespace: namespace,
  };
}

/** Without white space around it, as Velero takes it. */
async function passwordInCluster(context: Context): Promise<Buffer | undefined> {
  const cluster = await context.cluster();
  const name = { namespace: await context.veleroNamespace(), name: veleroSecret.name };
  const secret = await cluster.get(secretType, name, { signal: context.signal });
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, unknown>>;
  const value = data[veleroSecret.key];
  if (typeof value !== 'string') return undefined;
  return Buffer.from(Buffer.from(value, 'base64').toString().trim());
}

const usual = say(
  'Taking the password that Velero itself ships; --password-file names another.',
  'Velero に付属する既定のパスワードを使用します。別のパスワードは --password-file で指定してください。',
);
