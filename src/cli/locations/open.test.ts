import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { openUrl } from './open.ts';

const env = { AWS_CA_BUNDLE: '/nonexistent/bundle.pem' };
const onFinding = () => {};

/** Why the location cannot be opened. */
async function complaint(url: string): Promise<string> {
  try {
    const { store } = await openUrl(url, { env, onFinding });
    await store.close();
    return 'it was opened';
  } catch (thrown) {
    return isHozonError(thrown) ? thrown.message : assert.fail(String(thrown));
  }
}

test('an S3 location without a CA of its own trusts AWS_CA_BUNDLE', async () => {
  const at = 's3://bucket/prefix?endpoint=https://127.0.0.1:1&region=r';
  assert.match(await complaint(at), /\/nonexistent\/bundle\.pem/);
  assert.match(await complaint(`${at}&ca=/nonexistent/own.pem`), /\/nonexistent\/own\.pem/);
});

test('a directory needs none', async () => {
  const { store } = await openUrl('file:///nonexistent', { env, onFinding });
  assert.equal(store.url, 'file:///nonexistent');
  await store.close();
});
