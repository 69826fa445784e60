import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { credentialsOfProfile } from '#storage/s3/shared-credentials.ts';

/** What a location says of the credential that opens it. */
export interface CredentialSettings {
  readonly endpoint?: string | undefined;
  readonly profile?: string | undefined;
  readonly credentialsFile?: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What tells one credential of an object store from another, found where the AWS SDK looks for it (`AWS_PROFILE`, then access keys in variables, the
 * shared files, a role with a web identity): an access key by a digest and a role by its name, whatever names it and whichever server is asked;
 * else the server, the profile and its file. `http://STORE` and `http://STORE/` are one server, as are no profile and `default`.
 */
export async function credentialOf(settings: CredentialSettings, env: Variables): Promise<string> {
  const { credentialsFile, profile } = settings;
  const found = credentialsFile
    ? { files: [resolve(credentialsFile)], profile }
    : { files: sharedFiles(env), profile: profile || env['AWS_PROFILE'] };
  const known = credentialsFile || found.profile ? await inFiles(found) : await inChain(env);
  return known ?? JSON.stringify([serverOf(settings), found.profile || usualProfile, found.files[0]]);
}

const usualProfile = 'default';

/** Where a profile is looked for. */
interface Profile {
  readonly files: readonly string[];
  readonly profile: string | undefined;
}

function serverOf({ endpoint = '' }: CredentialSettings): string {
  return URL.parse(endpoint)?.href ?? endpoint;
}

/** Where nothing is named. */
async function inChain(env: Variables): Promise<string | undefined> {
  const inFile = { files: sharedFiles(env), profile: undefined };
  return keyIn(env) ?? (await inFiles(inFile)) ?? roleIn(env);
}

function keyIn(env: Variables): string | undefined {
  return keyOf(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']);
}

function roleIn(env: Variables): string | undefined {
  const [arn = '', token = ''] = [env['AWS_ROLE_ARN'], env['AWS_WEB_IDENTITY_TOKEN_FILE']];
  return arn === '' || token === '' ? undefined : roleOf(arn);
}

function sharedFiles(env: Variables): string[] {
  const own = join(env['HOME'] || homedir(), '.aws');
  const credentials = env['AWS_SHARED_CREDENTIALS_FILE'] || join(own, 'credentials');
  return [credentials, env['AWS_CONFIG_FILE'] || join(own, 'config')].map(path => resolve(path));
}

/** What no file says, or none can be read, is `undefined`: opening the location tells of that. */
async function inFiles({ files, profile }: Profile): Promise<string | undefined> {
  for (const file of files) {
    const found = credentialsOfProfile(await readFile(file, 'utf8').catch(() => ''), profile || usualProfile);
    if (found.kind === 'static') return keyOf(found.accessKeyId, found.secretAccessKey);
    if (found.kind === 'web-identity') return roleOf(found.roleArn);
  }
  return undefined;
}

function keyOf(id = '', secret = ''): string | undefined {
  if (id === '' || secret === '') return undefined;
  return `key ${createHash('sha256').update(`${id}\n${secret}`).digest('hex')}`;
}

function roleOf(arn: string): string {
  return `role ${arn}`;
}
