import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CredentialSettings, credentialOf } from './credential.ts';

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'hozon-credential-'));
  await mkdir(join(home, '.aws'));
  const key = (id: string): string => `aws_access_key_id=${id}\naws_secret_access_key=secret of ${id}\n`;
  await writeFile(
    join(home, '.aws/credentials'),
    `[default]\n${key('A')}[other]\n${key('B')}[twin]\n${key('A')}`,
  );
  const role = 'role_arn=arn:aws:iam::1:role/backup\nweb_identity_token_file=/token\n';
  await writeFile(join(home, '.aws/config'), `[profile pod]\n${role}[profile single]\nsso_session=x\n`);
  await writeFile(join(home, 'alone'), `[default]\n${key('B')}`);
});
after(() => rm(home, { recursive: true }));

type Asked = readonly [settings: CredentialSettings, env?: Readonly<Record<string, string>>];

/** How many credentials these are. */
async function count(...asked: readonly Asked[]): Promise<number> {
  const found = asked.map(([settings, env = {}]) => credentialOf(settings, { HOME: home, ...env }));
  return new Set(await Promise.all(found)).size;
}

test('an access key is the same whatever names it, and at every server', async () => {
  const file = join(home, '.aws/credentials');
  const variables = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'secret of A' };
  const same: Asked[] = [
    [{}],
    [{ profile: 'default' }],
    [{ profile: 'twin' }],
    [{}, { AWS_PROFILE: 'twin' }],
    [{ credentialsFile: file }, { AWS_PROFILE: 'other' }],
    [{ endpoint: 'http://store:9000', credentialsFile: file, profile: 'twin' }],
    [{}, { ...variables, HOME: '/nowhere' }],
    [{}, { AWS_SHARED_CREDENTIALS_FILE: file, HOME: '/nowhere' }],
  ];
  assert.equal(await count(...same), 1);
});

test('another profile is another credential, be it named by the location or by AWS_PROFILE', async () => {
  assert.equal(await count([{}], [{ profile: 'other' }]), 2);
  assert.equal(await count([{ profile: 'other' }], [{}, { AWS_PROFILE: 'other' }]), 1);
  assert.equal(await count([{ profile: 'other' }], [{ credentialsFile: join(home, 'alone') }]), 1);
  assert.equal(await count([{}], [{ credentialsFile: join(home, 'alone') }]), 2);
  const variables = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'secret of A' };
  // the SDK takes the profile where both are there
  assert.equal(await count([{ profile: 'other' }], [{}, { ...variables, AWS_PROFILE: 'other' }]), 1);
});

test('a role with a web identity is the same in variables and in a profile', async () => {
  const variables = { AWS_ROLE_ARN: 'arn:aws:iam::1:role/backup', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' };
  const inPod = { ...variables, HOME: '/nowhere' };
  assert.equal(await count([{ profile: 'pod' }], [{}, inPod]), 1);
  assert.equal(await count([{}, inPod], [{}, { ...inPod, AWS_ROLE_ARN: 'arn:aws:iam::1:role/other' }]), 2);
  assert.equal(await count([{}, variables], [{}]), 1); // access keys come first
});

test('what cannot be looked into is told by its server, profile and file, however they are written', async () => {
  const nowhere = { HOME: '/nowhere' };
  const same: Asked[] = [
    [{ endpoint: 'http://store:9000', credentialsFile: '/keys/aws' }],
    [{ endpoint: 'http://STORE:9000/', credentialsFile: '/keys/../keys/aws', profile: 'default' }],
  ];
  assert.equal(await count(...same), 1);
  const different: Asked[] = [
    [{}, nowhere],
    [{ profile: 'single' }, nowhere],
    [{ endpoint: 'https://store' }, nowhere],
    [{ credentialsFile: '/keys/aws' }, nowhere],
  ];
  assert.equal(await count(...different), 4);
  assert.equal(await count([{ profile: 'single' }], [{}, { AWS_PROFILE: 'single' }]), 1);
});
