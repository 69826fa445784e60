import { say } from '#foundation/language.ts';
import { blocking, type RestoreFinding, remark } from './finding.ts';
import { type OpenOptions, openUrl } from './open-url.ts';
import { headSize, judgeHead } from './snapshot-head.ts';
import type { SnapshotUrl } from './url.ts';

/** What was found at a URL. */
export interface Tried {
  /** Bytes of the object; `undefined` where the server does not say. */
  readonly size: number | undefined;
  readonly findings: readonly RestoreFinding[];
}

export type TryOptions = Omit<OpenOptions, 'headers'>;

/**
 * Fetches the beginning of what is at an https URL, as a member of etcd would: without credentials, without following a redirect. What
 * is wrong is a finding; only an abort rejects.
 */
export async function tryUrl({ url }: SnapshotUrl, options: TryOptions = {}): Promise<Tried> {
  const first = await ranged(url, undefined, options);
  if (!('untrusted' in first)) return first;
  const { untrusted } = first;
  if (options.ca === undefined) return nothing('url-untrusted', texts.untrusted(untrusted));
  const again = await ranged(url, options.ca, options);
  if ('untrusted' in again) return nothing('url-untrusted', texts.untrusted(again.untrusted));
  return { ...again, findings: [...again.findings, remark('url-own-authority', texts.ownAuthority)] };
}

async function ranged(
  url: string,
  ca: TryOptions['ca'],
  { timeoutMs, signal }: TryOptions,
): Promise<Tried | { readonly untrusted: string }> {
  const headers = { range: `bytes=0-${headSize - 1}` };
  try {
    await using answer = await openUrl(url, { headers, ca, timeoutMs, signal });
    const head = await beginningOf(answer.body);
    if (answer.status !== 206 && answer.status !== 200) return refused(answer.status, head);
    const size = sizeIn(answer.headers, answer.status);
    const findings = judgeHead(head, size);
    return { size, findings: [...findings, ...(findings.length === 0 ? [answered(size)] : [])] };
  } catch (thrown) {
    signal?.throwIfAborted();
    const code = codeOf(thrown);
    return isAboutTrust(code) ? { untrusted: code } : nothing('url-unreachable', texts.unreachable(code));
  }
}

/** A server that does not know ranges sends all of it; the rest is not waited for. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.length;
    if (size >= headSize) break;
  }
  return Buffer.concat(pieces).subarray(0, headSize);
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function sizeIn(headers: Headers, status: number): number | undefined {
  const total = /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1];
  const length = status === 200 ? headers['content-length'] : undefined;
  const size = Number(total ?? length);
  return Number.isSafeInteger(size) && size > 0 ? size : undefined;
}

/** S3 answers errors in XML; its code is worth more than the status. */
function refused(status: number, body: Buffer): Tried {
  const text = body.subarray(0, 4096).toString('utf8');
  const code = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.[1] ?? `HTTP ${status}`;
  const message = /<Message>([^<]{1,200})<\/Message>/.exec(text)?.[1] ?? '';
  if (status === 404) return nothing('object-missing', texts.missing(code));
  if (status >= 300 && status < 400) return nothing('url-redirected', texts.redirected(code));
  if (/expired/i.test(`${code} ${message}`)) return nothing('url-expired', texts.expired(code));
  if (status === 403 || status === 401 || status === 400)
    return nothing('url-refused', texts.refused(code, message));
  return nothing('url-failed', texts.failed(code));
}

function nothing(code: string, text: ReturnType<typeof say>): Tried {
  return { size: undefined, findings: [blocking(code, text)] };
}

function answered(size: number | undefined): RestoreFinding {
  return remark('url-answers', texts.answers(size));
}

function codeOf(thrown: unknown): string {
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && code !== 'UND_ERR_SOCKET') return code;
  }
  return thrown instanceof Error ? thrown.name : 'error';
}

function isAboutTrust(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code);
}

const texts = {
  answers: (size: number | undefined) =>
    say(
      `it was tried: it answers with a snapshot${size === undefined ? '' : ` of ${size} bytes`}`,
      `取得を試し、スナップショット${size === undefined ? '' : ` (${size} バイト)`}であることを確認しました`,
    ),
  untrusted: (code: string) =>
    say(
      `the certificate of its server is not trusted (${code}). The members of etcd trust public authorities, too, and fetch nothing from it; --ca-file tries it with another`,
      `サーバーの証明書が信頼されていません (${code})。etcd のメンバーも公的な認証局しか信頼しないため、取得できません。別の認証局で試すには --ca-file を指定してください`,
    ),
  ownAuthority: say(
    'the certificate of its server is of an authority of your own: make sure that the pods of etcd trust it, or they fetch nothing',
    'サーバーの証明書は独自の認証局のものです。etcd の Pod がこの認証局を信頼していないと、スナップショットを取得できません',
  ),
  unreachable: (code: string) =>
    say(`its server cannot be reached from here (${code})`, `ここからサーバーに接続できません (${code})`),
  missing: (code: string) => say(`there is no such object (${code})`, `オブジェクトがありません (${code})`),
  redirected: (code: string) =>
    say(
      `it leads elsewhere (${code}), and a member of etcd follows nothing: sign it for the region of the bucket`,
      `別の場所に転送されますが (${code})、etcd のメンバーは転送に従いません。バケットのリージョンで署名してください`,
    ),
  expired: (code: string) =>
    say(`its server says that it expired (${code})`, `サーバーが有効期限切れと応答しました (${code})`),
  refused: (code: string, message: string) =>
    say(
      `its server refuses it (${code}${message === '' ? '' : `: ${message}`})`,
      `サーバーに拒否されました (${code}${message === '' ? '' : `: ${message}`})`,
    ),
  failed: (code: string) => say(`its server failed (${code})`, `サーバーがエラーを返しました (${code})`),
};
