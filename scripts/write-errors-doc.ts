import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorAreas } from '#cli/error-areas.ts';
import { templateOf } from '#cli/error-template.ts';
import { type ErrorArea, exitCodes } from '#foundation/errors.ts';

/** Where the page is. */
export const errorsDocPath = join(resolve(import.meta.dirname, '..'), 'docs', 'errors.md');

/** The page of every error code, from the catalogues. */
export function errorsDoc(areas: readonly ErrorArea[]): string {
  const exits = Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${name} |`);
  return [
    '# Errors',
    '',
    'Written by `scripts/write-errors-doc.ts` from the error catalogues; `hozon explain CODE` says the same.',
    'Codes never change their meaning. `<name>` stands for what was found at the time.',
    '',
    '## Exit codes',
    '',
    '| code | name |',
    '|---|---|',
    ...exits,
    '',
    ...areas.flatMap(areaLines),
  ].join('\n');
}

function areaLines({ area, definitions }: ErrorArea): string[] {
  return [
    `## ${area}`,
    '',
    ...Object.entries(definitions).flatMap(([name, definition]) => [
      `### \`${area}.${name}\``,
      '',
      ...(['en', 'ja'] as const).flatMap(language =>
        (['message', 'hint'] as const).map(part => `- ${markdown(templateOf(definition, part, language))}`),
      ),
      `- exit ${exitCodes[definition.exit]} (${definition.exit}); trying again: ${definition.retry}`,
      '',
    ]),
  ];
}

/** `<name>` is a tag to Markdown; line breaks would end the item. */
function markdown(text: string): string {
  return text.replaceAll('<', '\\<').replaceAll(/\s*\n\s*/g, ' ');
}

if (import.meta.main) await writeFile(errorsDocPath, errorsDoc(await errorAreas()));
