import { withMappedSubjects } from '#kube/cleaning/subjects.ts';
import { edited, isFields } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type Finding, finding } from './findings.ts';
import { formatInternalImage, parseInternalImage } from './images.ts';
import { refOf } from './object-ref.ts';

/** The change of a project's name that an import makes. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * An object of one project as it is in another: fields called `namespace` (of triggers, image streams, builds,
 * custom resources), references into the internal registry, subjects of bindings, and namespace selectors by the
 * well-known label. What a ConfigMap or Secret holds and what labels and annotations say is left alone: see
 * {@link mentionsOf}.
 */
export function renamed(object: KubeObject, { from, to }: Renaming): KubeObject {
  if (from === to || isData(object)) return object;
  const map = (namespace: string): string => (namespace === from ? to : namespace);
  const { metadata, ...rest } = object;
  const deep = renamedFields(rest, { from, to }) as Omit<KubeObject, 'metadata'>;
  return withMappedSubjects({ ...(deep as KubeObject), metadata }, map);
}

function isData(object: KubeObject): boolean {
  return object.apiVersion === 'v1' && (object.kind === 'Secret' || object.kind === 'ConfigMap');
}

/** The well-known label of a Namespace that holds its name. */
const nameLabel = 'kubernetes.io/metadata.name';

function renamedFields(value: unknown, renaming: Renaming): unknown {
  if (typeof value === 'string') return renamedImage(value, renaming);
  if (Array.isArray(value)) return value.map(element => renamedFields(element, renaming));
  if (!isFields(value)) return value;
  const at = Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, renamedFields(field, renaming)]),
  );
  const rename = (field: unknown): unknown => (field === renaming.from ? renaming.to : field);
  const named = edited(edited(at, ['namespace'], rename), [nameLabel], rename);
  if (named['key'] !== nameLabel || !Array.isArray(named['values'])) return named;
  return edited(named, ['values'], values => (values as unknown[]).map(rename));
}

function renamedImage(text: string, { from, to }: Renaming): string {
  const image = parseInternalImage(text);
  return image?.namespace === from ? formatInternalImage({ ...image, namespace: to }) : text;
}

const mostMentions = 5;

/**
 * Places in which an object, renamed as far as it can be, still names the other project: in host names
 * (`db.PROJECT.svc`), service account names or paths of images inside other text.
 */
export function mentionsOf(object: KubeObject, { from, to }: Renaming): Finding[] {
  if (from === to) return [];
  const name = from.replaceAll('.', '\\.');
  const mention = new RegExp(
    `[a-z0-9]\\.${name}(?:\\.svc\\b|:\\d|/|$)|system:serviceaccounts?:${name}(?::|$)|:5000/${name}/`,
  );
  const fields: string[] = [];
  collectMentions(object, '', (field, text) => {
    if (fields.length < mostMentions && mention.test(text)) fields.push(field);
  });
  return fields.map(field => finding('mentions-source', { field, namespace: from }, refOf(object)));
}

function collectMentions(value: unknown, path: string, see: (field: string, text: string) => void): void {
  if (typeof value === 'string') return see(path, value);
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) collectMentions(element, `${path}[${index}]`, see);
  } else if (isFields(value)) {
    for (const [key, field] of Object.entries(value)) {
      collectMentions(field, path === '' ? key : `${path}.${key}`, see);
    }
  }
}
