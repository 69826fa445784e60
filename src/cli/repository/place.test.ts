import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '../context.ts';
import { placeOf } from './place.ts';

/** A context that notes which locations are opened. */
function noting(): { readonly context: Context; readonly opened: unknown[] } {
  const opened: unknown[] = [];
  const location = async (wanted: unknown): Promise<object> => {
    opened.push(wanted);
    return { store: {} };
  };
  return { context: { env: {}, location } as unknown as Context, opened };
}

test('a command opens a place once, whatever else its flags say', async () => {
  const { context, opened } = noting();
  const place = await placeOf({ repo: 'file:///a' }, context);
  const flags = { repo: 'file:///a', repositoryFile: undefined, cache: false };
  assert.equal(await placeOf(flags, context), place);
  assert.notEqual(await placeOf({ repo: 'file:///b' }, context), place);
  assert.deepEqual(opened, ['file:///a', 'file:///b']);
});

test('another command opens the same place for itself', async () => {
  const [first, second] = [noting(), noting()];
  await placeOf({ repo: 'file:///a' }, first.context);
  await placeOf({ repo: 'file:///a' }, second.context);
  assert.deepEqual([first.opened, second.opened], [['file:///a'], ['file:///a']]);
});
