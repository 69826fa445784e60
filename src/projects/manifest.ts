import type { ServerVersion } from '#kube/api.ts';
import { isFields, textAt, valueAt } from '#kube/fields.ts';
import type { ExportPlan } from './export-plan.ts';
import { explainFinding, type Finding } from './findings.ts';
import type { ObjectRef } from './object-ref.ts';
import { explainSkip, explainUnexported, isGap } from './reasons.ts';

/** The file beside the YAML files that says what the export is. English, like everything that is stored. */
export const manifestName = 'hozon-export.json';

const format = 'hozon-project-export';

/** What `hozon-export.json` holds. Version 1; fields may be added, none changes its meaning. */
export interface ExportManifest {
  readonly format: typeof format;
  readonly formatVersion: 1;
  /** The project that was exported. */
  readonly namespace: string;
  readonly server: string;
  readonly kubernetesVersion: string;
  /** RFC 3339. */
  readonly exportedAt: string;
  /** False where a type could not be read, so that objects may be missing. */
  readonly complete: boolean;
  readonly files: readonly { readonly name: string; readonly resource: string; readonly objects: number }[];
  readonly skipped: readonly { readonly object: ObjectRef; readonly reason: string; readonly text: string }[];
  readonly unexported: readonly {
    readonly resource: string;
    readonly reason: string;
    readonly text: string;
  }[];
  readonly findings: readonly (Finding & { readonly text: string })[];
}

export interface Source {
  readonly namespace: string;
  readonly server: string;
  readonly version: ServerVersion;
  readonly at: Date;
}

export function manifestOf(plan: ExportPlan, source: Source): ExportManifest {
  return {
    format,
    formatVersion: 1,
    namespace: source.namespace,
    server: source.server,
    kubernetesVersion: source.version.gitVersion,
    exportedAt: source.at.toISOString(),
    complete: !plan.unexported.some(isGap),
    files: plan.files.map(({ name, resource, objects }) => ({ name, resource, objects: objects.length })),
    skipped: plan.skipped.map(each => ({ ...each, text: explainSkip(each, 'en') })),
    unexported: plan.unexported.map(each => ({ ...each, text: explainUnexported(each, 'en') })),
    findings: plan.findings.map(each => ({ ...each, text: explainFinding(each, 'en') })),
  };
}

/** The name of the project that a manifest's text speaks of; `undefined` where it is not a manifest of ours. */
export function exportedNamespace(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value) || valueAt(value, 'format') !== format) return undefined;
  return textAt(value, 'namespace');
}
