import type { TSchema } from 'typebox';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date' | 'boolean' | 'integer';
  readonly jsonPath: string;
  readonly description?: string;
}

/** A kind that Hozon serves, and everything of its CustomResourceDefinition that its schema does not say. */
export interface ApiKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  /** Whether status is a subresource; `empty` declares `subresources: {}`, which changes nothing. */
  readonly subresources?: 'empty' | 'status';
  readonly columns?: readonly PrinterColumn[];
  readonly schema: TSchema;
  /** What the kind is, and what its fields mean, by dotted path: for `kubectl explain`. */
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The structural OpenAPI v3 schema of a CRD. */
export interface StructuralSchema {
  type?: string;
  description?: string;
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema;
  [keyword: string]: unknown;
}

/**
 * The CustomResourceDefinition of a kind, made from the same schema that validates it here. Rules that only Hozon
 * applies (patterns, closed objects, the operators of a selector) stay out of it, and so do defaults that
 * controllers set: the API server accepts what Velero's accepts.
 */
export function customResourceDefinition(kind: ApiKind): Record<string, unknown> {
  const { group, version, plural, singular, shortNames } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        ...(shortNames === undefined ? {} : { shortNames }),
        singular,
      },
      scope: 'Namespaced',
      versions: [
        {
          ...(kind.columns === undefined ? {} : { additionalPrinterColumns: kind.columns }),
          name: version,
          schema: { openAPIV3Schema: rootSchema(kind) },
          served: true,
          storage: true,
          ...subresourcesOf(kind),
        },
      ],
    },
  };
}

function subresourcesOf({ subresources }: ApiKind): object {
  if (subresources === undefined) return {};
  return { subresources: subresources === 'status' ? { status: {} } : {} };
}

function rootSchema({ schema, description, fields }: ApiKind): StructuralSchema {
  const structural = structuralSchema(schema as JsonSchema);
  const { spec, status } = structural.properties ?? {};
  const root: StructuralSchema = {
    description,
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...(spec === undefined ? {} : { spec }),
      ...(status === undefined ? {} : { status }),
    },
  };
  for (const [path, text] of Object.entries(fields)) fieldAt(root, path).description = text;
  return root;
}

function fieldAt(root: StructuralSchema, path: string): StructuralSchema {
  let at: StructuralSchema = root;
  for (const segment of path.split('.')) {
    const owner = at.items ?? at;
    const next = owner.properties?.[segment];
    if (next === undefined) throw new Error(`the schema has no field ${path}`);
    at = next;
  }
  return at;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** Keywords that mean the same in both. */
const sameKeywords = ['type', 'default', 'minItems', 'maxItems', 'minimum', 'maximum', 'format'];

/** A JSON Schema of this folder as a structural schema. `crd` on a schema replaces what would be derived from it. */
export function structuralSchema(schema: JsonSchema): StructuralSchema {
  const { crd } = schema;
  if (isSchema(crd)) return { ...crd };
  const alternatives = schema['anyOf'];
  if (Array.isArray(alternatives)) return union(schema, alternatives.filter(isSchema));
  const result: StructuralSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (sameKeywords.includes(keyword) || keyword.startsWith('x-kubernetes-')) result[keyword] = value;
  }
  return { ...result, ...childrenOf(schema) };
}

function childrenOf({ properties, required, items, patternProperties }: JsonSchema): StructuralSchema {
  const values = isSchema(patternProperties) ? Object.values(patternProperties).find(isSchema) : undefined;
  return {
    ...(isSchema(properties) ? { properties: mapValues(properties) } : {}),
    ...(Array.isArray(required) && required.length > 0
      ? { required: (required as string[]).toSorted() }
      : {}),
    ...(isSchema(items) ? { items: structuralSchema(items) } : {}),
    ...(values === undefined ? {} : { additionalProperties: structuralSchema(values) }),
  };
}

function mapValues(properties: JsonSchema): Record<string, StructuralSchema> {
  const names = Object.keys(properties).toSorted();
  return Object.fromEntries(names.map(name => [name, structuralSchema(properties[name] as JsonSchema)]));
}

function union(schema: JsonSchema, alternatives: readonly JsonSchema[]): StructuralSchema {
  const others = alternatives.filter(alternative => alternative['type'] !== 'null');
  const literals = others.map(alternative => alternative['const']);
  const nullable = schema['nullable'] === true ? { nullable: true } : {};
  if (literals.every(literal => typeof literal === 'string')) {
    return { type: 'string', enum: literals, ...nullable };
  }
  const [only, ...more] = others;
  if (only === undefined || more.length > 0) throw new Error('a CRD cannot hold a union of types');
  return { ...structuralSchema(only), ...nullable };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
