import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { ErrorDefinition } from '#foundation/errors.ts';
import { errorsDoc, errorsDocPath } from '../../scripts/write-errors-doc.ts';
import { errorAreas } from './error-areas.ts';
import { templateOf } from './error-template.ts';

const source = resolve(import.meta.dirname, '..');

test('every catalogue in the sources is registered', async () => {
  const declared: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: source })) {
    if (file.endsWith('.test.ts') || file === 'foundation/errors.ts') continue;
    const text = await readFile(join(source, file), 'utf8');
    declared.push(...[...text.matchAll(/\bdefineErrors\(\s*'([^']+)'/g)].map(match => match[1] as string));
  }
  const registered = (await errorAreas()).map(({ area }) => area);
  assert.deepEqual(registered, declared.sort());
});

test('every text of every error can be shown without knowing its parameters, in both languages', async () => {
  for (const { area, definitions } of await errorAreas()) {
    for (const [name, definition] of Object.entries(definitions)) checkTexts(`${area}.${name}`, definition);
  }
});

function checkTexts(code: string, definition: ErrorDefinition<never>): void {
  for (const part of ['message', 'hint'] as const) {
    const english = templateOf(definition, part, 'en');
    const japanese = templateOf(definition, part, 'ja');
    assert.ok(english.length > 5, `${code} ${part}`);
    assert.doesNotMatch(english + japanese, /undefined|NaN|\[object|=>/, `${code} ${part}`);
    assert.doesNotMatch(english, /[\u3040-\u30ff\u4e00-\u9fff]/, `${code} ${part} in English`);
    const onlyParameters = !/\w/.test(english.replaceAll(/<\w+>/g, ''));
    assert.match(
      japanese,
      onlyParameters ? /<\w+>/ : /[\u3040-\u30ff\u4e00-\u9fff]/,
      `${code} ${part} in Japanese`,
    );
  }
}

test('docs/errors.md says what the catalogues say (scripts/write-errors-doc.ts writes it)', async () => {
  assert.equal(await readFile(errorsDocPath, 'utf8'), errorsDoc(await errorAreas()));
});
