import { readFile } from 'node:fs/promises';
import { raise } from '#hosted-clusters/manifest/errors.ts';
import { longestExpiry, usualExpiry } from '#hosted-clusters/manifest/url.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues } from '../../spec.ts';
import { readInput } from '../../velero/input-file.ts';
import type { restoreManifest } from './restore-manifest-spec.ts';

type UrlFlags = Pick<
  FlagValues<(typeof restoreManifest)['flags']>,
  'url' | 'urlFile' | 'object' | 'expires' | 'caFile'
>;

/** Refuses flags that exclude each other, and times that no URL can have. */
export function checkUrlFlags({ url, urlFile, object, expires }: UrlFlags): void {
  const given = [
    [url, '--url'],
    [urlFile, '--url-file'],
    [object ?? expires, object === undefined ? '--expires' : '--object'],
  ].flatMap(([value, flag]) => (value === undefined ? [] : [String(flag)]));
  if (given.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: given });
  const seconds = secondsOf(expires);
  if (seconds >= 1 && seconds <= longestExpiry) return;
  throw cliErrors.raise['bad-value']({ flag: '--expires', given: `${seconds}s`, expected: '1s … 168h' });
}

/** Where the snapshot is fetched from. */
export interface GivenUrl {
  readonly url: string;
  /** What the storage location trusts besides the usual authorities. */
  readonly caFile?: string | undefined;
}

/**
 * The URL that the flags give, else one that the storage location makes for the object.
 *
 * @throws `hosted-manifest.url-unusable`, `cli.*`, `storage.*`
 */
export async function snapshotUrl(flags: UrlFlags, name: string, context: Context): Promise<GivenUrl> {
  if (flags.url !== undefined) return { url: flags.url };
  if (flags.urlFile !== undefined) return { url: await readInput(pathOf(flags.urlFile, context), context) };
  const { store, caFile } = await context.location();
  const { object = `${name}-snapshot.db`, expires } = flags;
  const found = await store.head(object, { signal: context.signal });
  if (found === undefined) throw missing(`${store.url}/${object}`);
  const url = await store.presign(object, { expiresIn: secondsOf(expires), signal: context.signal });
  if (url !== undefined) return { url, caFile };
  throw raise['url-unusable']({
    problem: `${store.url} makes none: only S3 does, without a customer's key`,
    problemJa: `${store.url} では署名付き URL を作成できません (S3 が必要で、顧客提供のキーを使用していないこと)`,
  });
}

function pathOf(file: string, { env }: Context): string {
  return file === '-' ? file : expandHome(file, env);
}

function missing(object: string): Error {
  return raise['url-unusable']({
    problem: `there is no object ${object}`,
    problemJa: `オブジェクト ${object} がありません`,
  });
}

function secondsOf(expires: number | undefined): number {
  return expires === undefined ? usualExpiry : Math.floor(expires / 1000);
}

/** What is trusted besides the usual authorities when the URL is tried: the flag's, else the location's, else AWS's variable's. */
export async function authorities(
  flags: UrlFlags,
  given: GivenUrl,
  { env }: Context,
): Promise<Buffer | undefined> {
  const file = flags.caFile ?? given.caFile ?? env['AWS_CA_BUNDLE'];
  if (file === undefined || file === '') return undefined;
  const path = expandHome(file, env);
  return readFile(path).catch((thrown: unknown) => {
    throw cliErrors.raise['input-unreadable']({ source: path }, { cause: thrown });
  });
}
