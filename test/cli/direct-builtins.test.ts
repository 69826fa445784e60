import assert from 'node:assert/strict';
import fs, { readFileSync as read } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { withDirectBuiltins } from '../../scripts/direct-builtins.ts';

const packageOf = createRequire(import.meta.url);

test('declarations hold what imports would', async () => {
  const code = `
    import fs, { readFileSync as read, constants } from "node:fs";
    import * as everything from 'node:path';
    import { default as same } from "node:path";
    import "node:os";
    import {
      EventEmitter
    } from "node:events";
    export const held = ["日本語", fs, read, constants, everything, same, EventEmitter];`;
  const changed = withDirectBuiltins(code);
  assert.doesNotMatch(changed, /import/);
  const module = `data:text/javascript,${encodeURIComponent(changed)}`;
  const { held } = (await import(module)) as { held: readonly unknown[] };
  assert.deepEqual(held, ['日本語', fs, read, fs.constants, path, path, packageOf('node:events')]);
});

test('what is not of Node stays as it is, wherever it stands', () => {
  const code = 'import { a } from "./a.js"; const text = \'import fs from "node:fs";\'; export { text };';
  assert.equal(withDirectBuiltins(code), code);
});

test('what a module itself calls process does not matter', async () => {
  const code = `
    import process from "node:process";
    import { sep } from "node:path";
    export const held = [process.pid, sep];`;
  const other = `
    import { sep } from "node:path";
    function process() {}
    export const held = [typeof process, sep];`;
  const heldBy = async (text: string) =>
    ((await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { held: unknown }).held;
  assert.deepEqual(await heldBy(withDirectBuiltins(code)), [process.pid, path.sep]);
  assert.deepEqual(await heldBy(withDirectBuiltins(other)), ['function', path.sep]);
});
