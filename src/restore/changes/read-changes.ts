import { isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import { fieldsAt } from '#kube/fields.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { raise } from '../errors.ts';
import { type ModifierRule, readModifiers } from '../modifiers/read.ts';
import { type Note, note } from '../notes.ts';
import { problems } from '../request/problems.ts';
import type { RestoreRequest } from '../request/request.ts';
import type { Changes } from './changes.ts';
import { readImageChanges } from './images.ts';

export interface ReadChangesOptions {
  readonly api: Pick<KubeApi, 'get' | 'list' | 'discover'>;
  readonly veleroNamespace: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads what the Velero namespace says about changing restored objects: the resource modifier that the request names,
 * and the ConfigMaps of Velero's plugins. Throws `restore.invalid` with everything that is wrong with them. The notes
 * say which of them may not be read.
 */
export async function readChanges(
  { name, modifiers }: Pick<RestoreRequest, 'name' | 'modifiers'>,
  options: ReadChangesOptions,
): Promise<Changes & { readonly notes: readonly Note[] }> {
  const type = (await options.api.discover({ signal: options.signal })).byName('configmaps');
  if (type === undefined) throw new Error('the API server has no ConfigMaps');
  const reading: Reading = { ...options, type, found: [], notes: [] };
  const classes = await pluginData('velero.io/change-storage-class', reading);
  const images = await pluginData('velero.io/change-image-name', reading);
  const rules = modifiers === undefined ? [] : await rulesIn(modifiers, reading);
  if (reading.found.length > 0) throw raise.invalid({ name, problems: reading.found });
  return {
    storageClasses: new Map(
      Object.entries(classes).filter((entry): entry is [string, string] => isText(entry[1])),
    ),
    images: readImageChanges(images),
    modifiers: rules,
    notes: reading.notes,
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

interface Reading extends ReadChangesOptions {
  readonly type: ResourceType;
  /** Problems so far. */
  readonly found: Message[];
  readonly notes: Note[];
}

/** The data of the one ConfigMap that is labelled for a plugin's restore action; empty where there is none. */
async function pluginData(plugin: string, reading: Reading): Promise<Readonly<Record<string, unknown>>> {
  const { api, type, veleroNamespace: namespace, signal } = reading;
  const labelSelector = `velero.io/plugin-config,${plugin}=RestoreItemAction`;
  const maps: KubeObject[] = [];
  try {
    for await (const map of api.list(type, { namespace, labelSelector, signal })) maps.push(map);
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    reading.notes.push(note('plugin-unreadable', { plugin, namespace }));
  }
  if (maps.length > 1) {
    const names = maps.map(({ metadata }) => `${namespace}/${metadata.name}`);
    reading.found.push(problems.twoConfigs(plugin, names));
  }
  return fieldsAt(maps[0], 'data');
}

async function rulesIn(name: string, reading: Reading): Promise<readonly ModifierRule[]> {
  const { api, type, veleroNamespace: namespace, signal, found } = reading;
  try {
    const map = await api.get(type, { namespace, name }, { signal });
    if (map === undefined) {
      found.push(problems.noModifiers(namespace, name));
      return [];
    }
    const read = readModifiers(map);
    if ('rules' in read) return read.rules;
    found.push(...read.problems.map(each => problems.modifiers(namespace, name, each)));
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    found.push(problems.noModifiers(namespace, name, thrown.message));
  }
  return [];
}
