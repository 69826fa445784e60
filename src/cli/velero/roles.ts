import type { KubeObject } from '#kube/objects.ts';
import type { Context } from '../context.ts';
import { byteStream, description, type Outcome } from '../output/outcome.ts';

/** Roles as YAML documents, so that they can be applied as they are; as a List with `-o json`. */
export async function rolesOutcome(
  roles: readonly KubeObject[],
  { globals }: Pick<Context, 'globals'>,
): Promise<Outcome> {
  if (globals.output === 'json' || globals.output === 'name') {
    const data = { apiVersion: 'v1', kind: 'List', items: roles };
    const name = roles.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`).join('\n');
    return description({ data, name, text: [] });
  }
  const { stringify } = await import('yaml');
  const text = roles.map(role => stringify(role, { aliasDuplicateObjects: false })).join('---\n');
  return byteStream(bytesOf(text));
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
