import type { Language } from '#foundation/language.ts';
import { type ExportResult, exportProject } from '#projects/export.ts';
import { explainUnexported, isGap, type UnexportedType } from '#projects/reasons.ts';
import { description, type Field } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { findingCell } from './findings.ts';
import { projectTexts } from './messages.ts';
import type { exportProject as spec } from './table.ts';

export const run: Handler<typeof spec> = async ({ args: [namespace = ''], flags }, context) => {
  const result = await exportProject(await context.cluster(), namespace, {
    directory: flags.directory ?? namespace,
    overwrite: flags.overwrite === true,
    images: flags.imagesAsTags === true ? 'tags' : 'keep',
    progress: context.progress,
    clock: context.clock,
    signal: context.signal,
  });
  return description({
    data: { directory: result.directory, ...result.manifest },
    name: `project/${namespace}`,
    text: fieldsOf(result, context.language),
    ...(result.manifest.complete ? {} : { exit: 'partial' as const }),
  });
};

function fieldsOf({ directory, plan, manifest }: ExportResult, language: Language): Field[] {
  const own = manifest.files.filter(file => file.name !== 'project.yaml');
  const gaps = plan.unexported.filter(isGap);
  return [
    { label: projectTexts.project, value: manifest.namespace },
    { label: projectTexts.directory, value: directory },
    { label: projectTexts.files, value: String(manifest.files.length) },
    { label: projectTexts.objects, value: String(own.reduce((sum, file) => sum + file.objects, 0)) },
    { label: projectTexts.leftOut, value: String(plan.skipped.length) },
    { label: projectTexts.notExported, fields: gaps.map(each => gapField(each, language)) },
    { label: projectTexts.findings, value: plan.findings.map(findingCell) },
  ];
}

function gapField(gap: UnexportedType, language: Language): Field {
  return { label: gap.resource, value: { text: explainUnexported(gap, language), tone: 'bad' } };
}
