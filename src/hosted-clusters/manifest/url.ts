import { say } from '#foundation/language.ts';
import { blocking, type RestoreFinding, remark, warning } from './finding.ts';

/** What a HostedCluster takes at most in `restoreSnapshotURL`. Characters. */
export const longestUrl = 1024;
/** What a presigned URL of AWS (SigV4) is good for at most, and without saying: seconds. */
export const longestExpiry = 604_800;
export const usualExpiry = 3600;
/** From applying the manifest until the last member of etcd has fetched its snapshot, if all goes well. Seconds. */
const provisioning = 30 * 60;

/** What a URL tells of itself, without being tried. */
export interface SnapshotUrl {
  readonly url: string;
  readonly length: number;
  /** Without its query, which is what opens it: for messages. */
  readonly shown: string;
  readonly scheme: 's3' | 'https' | 'other';
  /** `none`: not presigned. */
  readonly signature: 'v4' | 'v2' | 'none';
  /** When it stops to work; `undefined` where it does not say. */
  readonly expires: Date | undefined;
  /** The region that it is signed for. */
  readonly region: string | undefined;
  /** Signed with credentials of a session, which may end before the URL does. */
  readonly isOfSession: boolean;
}

/** Reads a URL; `undefined` for what is none, also where white space or control characters would have to be dropped, as `URL` does. */
export function readUrl(text: string): SnapshotUrl | undefined {
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const query = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  return {
    url: text,
    length: text.length,
    shown: `${url.protocol}//${url.host}${url.pathname}`,
    scheme: url.protocol === 'https:' ? 'https' : url.protocol === 's3:' ? 's3' : 'other',
    signature: query.has('x-amz-signature') ? 'v4' : query.has('signature') ? 'v2' : 'none',
    expires: expiryIn(query),
    region: query.get('x-amz-credential')?.split('/')[2],
    isOfSession: query.has('x-amz-security-token'),
  };
}

/** V4 says from when on and for how long, V2 until when. */
function expiryIn(query: ReadonlyMap<string, string>): Date | undefined {
  const signed = dateIn(query.get('x-amz-date'));
  const seconds = Number(query.get('x-amz-expires'));
  if (signed !== undefined && seconds > 0) return new Date(signed.getTime() + seconds * 1000);
  const until = Number(query.get('expires'));
  return until > 0 && query.has('signature') ? new Date(until * 1000) : undefined;
}

/** `20261121T203000Z`. */
function dateIn(text: string | undefined): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '') ?? [];
  if (year === undefined) return undefined;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** What is wrong with a URL as far as it tells itself. */
export function judgeUrl(url: SnapshotUrl, now: Date): RestoreFinding[] {
  return [...ofForm(url), ...ofExpiry(url, now), ...ofRegion(url)];
}

function* ofForm({ scheme, length, isOfSession, signature }: SnapshotUrl): Generator<RestoreFinding> {
  if (scheme === 'other') yield blocking('url-scheme', texts.scheme);
  if (length > longestUrl)
    yield blocking('url-long', isOfSession ? texts.longToken(length) : texts.long(length));
  if (scheme === 's3') yield warning('url-s3', texts.s3);
  if (signature === 'v2') yield warning('url-signature-v2', texts.v2);
  if (isOfSession) yield warning('url-session', texts.session);
}

function* ofExpiry({ expires, signature }: SnapshotUrl, now: Date): Generator<RestoreFinding> {
  if (signature === 'none') return;
  if (expires === undefined) return yield warning('url-expiry-unknown', texts.noExpiry);
  const left = Math.floor((expires.getTime() - now.getTime()) / 1000);
  const at = expires.toISOString();
  if (left <= 0) yield blocking('url-expired', texts.expired(at));
  else if (left < provisioning) yield warning('url-expires-soon', texts.soon(at, Math.floor(left / 60)));
  else yield remark('url-expires', texts.expires(at));
}

/** A host that names a region answers for no other. */
function* ofRegion({ url, region }: SnapshotUrl): Generator<RestoreFinding> {
  const { hostname } = new URL(url);
  const named = /(?:^|\.)s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(hostname)?.[1];
  if (region !== undefined && named !== undefined && region !== named) {
    yield blocking('url-region', texts.region(region, named));
  }
}

const texts = {
  scheme: say(
    'it is neither https:// nor s3://, and a HostedCluster takes no other',
    'https:// でも s3:// でもありません (HostedCluster が受け付けるのはこの 2 つだけです)',
  ),
  long: (length: number) =>
    say(
      `it has ${length} characters, and a HostedCluster takes ${longestUrl}: use a shorter prefix or object name`,
      `${length} 文字あり、HostedCluster の上限 ${longestUrl} 文字を超えています。接頭辞またはオブジェクト名を短くしてください`,
    ),
  longToken: (length: number) =>
    say(
      `it has ${length} characters, and a HostedCluster takes ${longestUrl}: the token of a session (STS, an instance's role) is part of it. Sign it with an access key of an IAM user, which has no token`,
      `${length} 文字あり、HostedCluster の上限 ${longestUrl} 文字を超えています。セッショントークン (STS、インスタンスのロール) が含まれるためです。トークンのない IAM ユーザーのアクセスキーで署名してください`,
    ),
  s3: say(
    'a URL that begins with s3:// is fetched with the credentials of the hosted cluster and cannot be tried here; a presigned https:// URL needs none',
    's3:// の URL はホステッドクラスターの資格情報で取得されるため、ここでは確認できません。署名付きの https:// URL なら資格情報は不要です',
  ),
  v2: say(
    'it is signed with Signature Version 2, which regions of AWS since 2014 (eu-central-1, us-east-2) refuse',
    '署名バージョン 2 で署名されています。2014 年以降の AWS リージョン (eu-central-1、us-east-2 など) では拒否されます',
  ),
  session: say(
    'it is signed with the credentials of a session: it ends with them, even if it says a later time',
    'セッションの資格情報で署名されています。記載の有効期限より前でも、資格情報が失効すると使用できなくなります',
  ),
  noExpiry: say('it does not say until when it works', '有効期限を読み取れません'),
  expired: (at: string) => say(`it expired at ${at}`, `有効期限 (${at}) が切れています`),
  soon: (at: string, minutes: number) =>
    say(
      `it expires at ${at}, in ${minutes} min: a control plane may take longer until each member of etcd has fetched its snapshot (a member that starts again later fetches it again)`,
      `有効期限は ${at} (残り ${minutes} 分) です。すべての etcd メンバーがスナップショットを取得するまでに期限が切れるおそれがあります (後から再起動したメンバーも再取得します)`,
    ),
  expires: (at: string) => say(`it works until ${at}`, `有効期限は ${at} です`),
  region: (signed: string, host: string) =>
    say(
      `it is signed for the region ${signed}, but its host is of ${host}`,
      `署名のリージョンは ${signed} ですが、ホストは ${host} のものです`,
    ),
};
