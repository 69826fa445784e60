import type { Message } from '#foundation/language.ts';
import { openLocation } from '#storage/locations.ts';
import { expandHome } from '../config/path.ts';
import type { ConfiguredLocation } from '../config/schema.ts';
import type { Env } from '../context.ts';
import type { OpenedLocation } from './location.ts';

/** Told what is questionable about a location that is otherwise fine. */
export type OnFinding = (finding: Message) => void;

export interface OpenOptions {
  readonly env: Env;
  readonly onFinding: OnFinding;
}

/** Opens what `--location URL` names. */
export async function openUrl(url: string, { env, onFinding }: OpenOptions): Promise<OpenedLocation> {
  const store = await openLocation(
    { url: withBundle(url, env) },
    { onFinding: finding => onFinding(finding.message) },
  );
  return { name: store.url, origin: 'flag', readOnly: isReadOnlyUrl(url), store, caFile: caFileOf(url) };
}

/** Opens a location of the configuration file. */
export async function openConfigured(
  name: string,
  location: ConfiguredLocation,
  options: OpenOptions,
): Promise<OpenedLocation> {
  const url = withBundle(urlOf(location, options.env), options.env);
  const readOnly = isReadOnlyUrl(url);
  const store = await openLocation({ url }, { onFinding: finding => options.onFinding(finding.message) });
  return { name, origin: 'config', readOnly, store, caFile: caFileOf(url) };
}

/** The location as one URL: what is configured beside the URL goes into its parameters and wins over them. */
export function urlOf(location: ConfiguredLocation, env: Env): string {
  const { url, credentialsFile, caFile, ...plain } = location;
  const parameters: Readonly<Record<string, string | boolean | undefined>> = {
    'credentials-file': credentialsFile === undefined ? undefined : expandHome(credentialsFile, env),
    ca: caFile === undefined ? undefined : expandHome(caFile, env),
    profile: plain.profile,
    region: plain.region,
    endpoint: plain.endpoint,
    'path-style': plain.pathStyle,
    'read-only': plain.readOnly,
  };
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  if (given.length === 0 || !URL.canParse(url)) return url;
  const whole = new URL(url);
  for (const [key, value] of given) whole.searchParams.set(key, String(value));
  return whole.href;
}

/** An S3 location without a CA of its own trusts those of `AWS_CA_BUNDLE` too, which AWS's own tools read. */
function withBundle(url: string, env: Env): string {
  const bundle = env['AWS_CA_BUNDLE'] ?? '';
  if (bundle === '' || !URL.canParse(url)) return url;
  const whole = new URL(url);
  if (whole.protocol !== 's3:' || whole.searchParams.has('ca')) return url;
  whole.searchParams.set('ca', bundle);
  return whole.href;
}

function caFileOf(url: string): string | undefined {
  return URL.canParse(url) ? (new URL(url).searchParams.get('ca') ?? undefined) : undefined;
}

function isReadOnlyUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).searchParams.get('read-only') === 'true';
}
