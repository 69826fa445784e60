/** What one profile of a shared credentials file says. */
export type ProfileCredentials =
  | {
      readonly kind: 'static';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
  | {
      readonly kind: 'web-identity';
      readonly roleArn: string;
      readonly tokenFile: string;
      readonly sessionName?: string;
    }
  /** Nothing usable; `reason` never holds a value of the file. */
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * The credentials of `profile` in the content of a file in the format of AWS's shared credentials file (INI; as in
 * "Shared config and credentials files" of the AWS SDKs' reference guide). Understood are access keys, and a role
 * with a web identity token, which is what OpenShift's cloud credential operator writes. In the config file's
 * manner the section may also be named `profile NAME`.
 */
export function credentialsOfProfile(text: string, profile: string): ProfileCredentials {
  const values = sectionsOf(text).get(profile);
  if (values === undefined)
    return { kind: 'unusable', reason: `the credentials have no profile "${profile}"` };
  const get = (name: string) => values.get(name) || undefined;
  const [accessKeyId, secretAccessKey] = [get('aws_access_key_id'), get('aws_secret_access_key')];
  const sessionToken = get('aws_session_token');
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return {
      kind: 'static',
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
  }
  const [roleArn, tokenFile] = [get('role_arn'), get('web_identity_token_file')];
  const sessionName = get('role_session_name');
  if (roleArn !== undefined && tokenFile !== undefined) {
    return {
      kind: 'web-identity',
      roleArn,
      tokenFile,
      ...(sessionName === undefined ? {} : { sessionName }),
    };
  }
  return {
    kind: 'unusable',
    reason: `profile "${profile}" has neither aws_access_key_id and aws_secret_access_key nor role_arn and web_identity_token_file`,
  };
}

function sectionsOf(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const content = line.replace(/(^|\s)[#;].*$/, '').trim();
    const name = /^\[\s*(?:profile\s+)?["']?(.*?)["']?\s*\]$/.exec(content)?.[1];
    if (name !== undefined) {
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
    } else if (content.includes('=')) {
      const [key = ''] = content.split('=', 1);
      current?.set(key.trim().toLowerCase(), content.slice(key.length + 1).trim());
    }
  }
  return sections;
}
