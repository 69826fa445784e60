import { isScalar, stringify } from 'yaml';
import type { KubeObject } from '#kube/objects.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import { keyField } from '../key/read-key.ts';
import { type ManifestText, type ObjectInText, readManifestText } from './documents.ts';
import { raise } from './errors.ts';
import { mapAt, over, spliced, withValue } from './splice.ts';

/** The Secret of that name beside a HostedCluster, where the manifest has it. */
export function secretIn(
  { objects }: ManifestText,
  { key: { namespace } }: Pick<HostedCluster, 'key'>,
  name: string,
): ObjectInText | undefined {
  return objects.find(
    ({ object: { kind, metadata } }) =>
      kind === 'Secret' && metadata.name === name && (metadata.namespace ?? namespace) === namespace,
  );
}

/**
 * The manifest with the Secret that holds this key: put in the place of the one that was rendered, else behind everything else.
 *
 * @throws `hosted-manifest.unusual`
 */
export function withKeySecret(
  manifest: ManifestText,
  cluster: Pick<HostedCluster, 'key'>,
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
): ManifestText {
  const encoded = Buffer.from(bytes).toString('base64');
  const rendered = secretIn(manifest, cluster, name);
  if (rendered === undefined) return appended(manifest, secretObject(cluster, name, encoded));
  const { text, source } = manifest;
  const value = mapAt(rendered.node, 'data')?.get(keyField, true);
  const splice = isScalar(value) ? over(value, encoded) : undefined;
  if (splice === undefined || text[splice.from - 1] === '|')
    throw raise.unusual({ source, object: `Secret ${name}` });
  return spliced(manifest, rendered, splice, object => withValue(object, ['data', keyField], encoded));
}

function secretObject({ key }: Pick<HostedCluster, 'key'>, name: string, encoded: string): KubeObject {
  const metadata = { name, namespace: key.namespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { [keyField]: encoded } };
}

function appended({ text, source }: ManifestText, object: KubeObject): ManifestText {
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return readManifestText(`${text}${end}---\n${stringify(object)}`, source);
}

/** Names of Secrets beside a HostedCluster without which it does not come up. */
export function secretsNamedBy({ object, secretEncryption }: HostedCluster): readonly string[] {
  const spec = object['spec'] as
    | Readonly<Record<string, { readonly name?: unknown } | undefined>>
    | undefined;
  const names = [
    spec?.['pullSecret']?.name,
    spec?.['sshKey']?.name,
    secretEncryption?.activeKey,
    secretEncryption?.backupKey,
  ];
  return names.filter(name => typeof name === 'string');
}
