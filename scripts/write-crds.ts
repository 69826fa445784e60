import { mkdir, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { type ApiKind, customResourceDefinition } from '#api/crd.ts';
import { veleroKinds } from '#api/velero/kinds.ts';

/** Writes the CustomResourceDefinitions of `src/api` to `deploy/crds/`, a file for each kind. */
const directory = new URL('../deploy/crds/', import.meta.url);

export function crdFile(kind: ApiKind): { name: string; content: string } {
  return {
    name: `${kind.group}_${kind.plural}.yaml`,
    content: stringify(customResourceDefinition(kind), { lineWidth: 110, aliasDuplicateObjects: false }),
  };
}

if (import.meta.main) {
  await mkdir(directory, { recursive: true });
  for (const { name, content } of veleroKinds.map(crdFile))
    await writeFile(new URL(name, directory), content);
}
