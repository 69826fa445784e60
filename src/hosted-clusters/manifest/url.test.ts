import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { judgeUrl, longestUrl, readUrl } from './url.ts';

const now = new Date('2026-11-21T20:00:00Z');

interface Signed {
  readonly path?: string;
  readonly host?: string;
  readonly date?: string;
  readonly seconds?: number;
  readonly token?: string;
  readonly region?: string;
}

/** As `aws s3 presign` makes them. */
function presigned({
  path = 'prod-snapshot.db',
  host,
  date,
  seconds = 3600,
  token,
  region,
}: Signed = {}): string {
  const url = new URL(`https://${host ?? 'backups.s3.eu-central-1.amazonaws.com'}/${path}`);
  url.searchParams.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
  url.searchParams.set('X-Amz-Credential', `AKIA/20261121/${region ?? 'eu-central-1'}/s3/aws4_request`);
  url.searchParams.set('X-Amz-Date', date ?? '20261121T200000Z');
  url.searchParams.set('X-Amz-Expires', String(seconds));
  if (token !== undefined) url.searchParams.set('X-Amz-Security-Token', token);
  url.searchParams.set('X-Amz-Signature', 'a'.repeat(64));
  return url.href;
}

function codes(url: string): string[] {
  const read = readUrl(url);
  return read === undefined ? ['no-url'] : judgeUrl(read, now).map(({ code }) => code);
}

function blockers(url: string): string[] {
  const read = readUrl(url);
  return read === undefined
    ? ['no-url']
    : judgeUrl(read, now).flatMap(({ severity, code }) => (severity === 'blocking' ? [code] : []));
}

test('a presigned URL tells until when it works, and for which region', () => {
  const url = readUrl(presigned());
  assert.equal(url?.expires?.toISOString(), '2026-11-21T21:00:00.000Z');
  assert.deepEqual([url.region, url.signature, url.isOfSession], ['eu-central-1', 'v4', false]);
  assert.equal(url.shown, 'https://backups.s3.eu-central-1.amazonaws.com/prod-snapshot.db');
  assert.deepEqual(codes(presigned()), ['url-expires']);
});

test('what has expired, or is of another region, or another scheme, blocks', () => {
  assert.deepEqual(blockers(presigned({ date: '20261121T185959Z' })), ['url-expired']);
  assert.deepEqual(codes(presigned({ seconds: 1799 })), ['url-expires-soon']);
  assert.deepEqual(blockers(presigned({ region: 'us-east-1' })), ['url-region']);
  assert.deepEqual(blockers('http://backups.example.com/x.db'), ['url-scheme']);
  assert.deepEqual(codes('s3://bucket/x.db'), ['url-s3']);
  assert.deepEqual(codes('not a url'), ['no-url']);
});

test('a URL of Signature Version 2 says its own end, and that it is one', () => {
  const until = now.getTime() / 1000;
  const old = (seconds: number): string =>
    `https://b.s3.amazonaws.com/x.db?AWSAccessKeyId=AKIA&Expires=${until + seconds}&Signature=xx%3D`;
  assert.deepEqual(codes(old(7200)), ['url-signature-v2', 'url-expires']);
  assert.deepEqual(blockers(old(-1)), ['url-expired']);
});

test('the token of a session is told, and named as the reason where the URL is too long', () => {
  assert.ok(codes(presigned({ token: 'short' })).includes('url-session'));
  const long = readUrl(presigned({ token: 'F'.repeat(900) }));
  assert.ok(long !== undefined && long.length > longestUrl);
  const found = judgeUrl(long, now).find(({ code }) => code === 'url-long');
  assert.match(found?.text.en() ?? '', /token of a session/);
  const path = judgeUrl(readUrl(presigned({ path: 'p'.repeat(1100) })) ?? assert.fail(), now);
  assert.match(path.find(({ code }) => code === 'url-long')?.text.en() ?? '', /shorter prefix/);
});

test('the limit is 1024 characters, to the character, whatever they are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 900, max: 1150 }), length => {
      const base = 'https://b.example.com/';
      const url = base + 'x'.repeat(length - base.length);
      assert.equal(blockers(url).includes('url-long'), length > 1024);
    }),
  );
});

test('an expiry is before, or after, whatever the clock says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 604_800 }),
      fc.integer({ min: -700_000, max: 0 }),
      (seconds, begun) => {
        const date = new Date(now.getTime() + begun * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
        const expired = blockers(presigned({ date, seconds })).includes('url-expired');
        assert.equal(expired, begun + seconds <= 0);
      },
    ),
  );
});

test('two lines, spaces and control characters are no URL: nothing is dropped from what is written', () => {
  const url = presigned();
  assert.equal(readUrl(url)?.url, url);
  for (const text of [
    `${url}\n${url}`,
    `${url}\r\n`,
    ` ${url}`,
    `${url.slice(0, 9)}\t${url.slice(9)}`,
    `${url}\0`,
  ])
    assert.equal(readUrl(text), undefined, JSON.stringify(text));
});

test('nothing that anybody can write makes it fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), text => {
      const url = readUrl(text);
      if (url !== undefined)
        for (const { text: message } of judgeUrl(url, now)) assert.ok(message.ja() !== '');
    }),
  );
});
