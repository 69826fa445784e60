import type { Json, JsonObject } from './json.ts';

/**
 * The specification of a CustomResourceDefinition of v1beta1, which API servers still store and none serves since 1.22, as
 * that of v1: what all versions share stands above them in v1beta1, and in each of them in v1. Source: `k8s.io/apiextensions-apiserver`, conversion of v1beta1.
 */
export function servedDefinition(old: JsonObject): JsonObject {
  const { version, versions, validation, subresources, additionalPrinterColumns, conversion, ...rest } = old;
  const { preserveUnknownFields, ...kept } = rest;
  const spec = preserveUnknownFields === true ? rest : kept;
  const named: Json =
    typeof version === 'string' && version !== '' ? [{ name: version, served: true, storage: true }] : [];
  const list = Array.isArray(versions) && versions.length > 0 ? versions : named;
  const shared = without({ schema: validation, subresources, additionalPrinterColumns });
  const converted = isObject(conversion) ? { conversion: conversionOf(conversion) } : {};
  return { ...spec, versions: (list as readonly Json[]).map(each => versionOf(each, shared)), ...converted };
}

function versionOf(version: Json, shared: JsonObject): Json {
  if (!isObject(version)) return version;
  const { additionalPrinterColumns: columns, ...whole } = { ...shared, ...version };
  return Array.isArray(columns) ? { ...whole, additionalPrinterColumns: columns.map(columnOf) } : whole;
}

function columnOf(column: Json): Json {
  if (!isObject(column)) return column;
  const { JSONPath: jsonPath = '', ...rest } = column;
  return { ...rest, jsonPath };
}

function conversionOf({ strategy = 'None', ...old }: JsonObject): JsonObject {
  const { webhookClientConfig: clientConfig, conversionReviewVersions } = old;
  if (clientConfig === undefined) return { strategy };
  return { strategy, webhook: without({ clientConfig, conversionReviewVersions }) };
}

/** Without what is absent. */
function without(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
