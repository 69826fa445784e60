import { stat } from 'node:fs/promises';
import { loadConfig } from '../config/load.ts';
import { configPath, expandHome } from '../config/path.ts';
import type { Config } from '../config/schema.ts';
import type { Env } from '../context.ts';
import { say } from '../spec.ts';
import { type Check, type Finding, failedBy, ok, skipped, warn } from './finding.ts';

const node: Check = { check: 'node', title: say('Node.js', 'Node.js') };
const config: Check = { check: 'config', title: say('Configuration', '設定ファイル') };
const credentials: Check = { check: 'credentials', title: say('Credentials files', '認証情報ファイル') };
const umask: Check = { check: 'umask', title: say('umask', 'umask') };

/** What this machine itself has to offer: Node, the configuration file, and who else can read it. */
export async function* checkMachine(env: Env): AsyncGenerator<Finding> {
  yield ok(node, say(process.versions.node, process.versions.node));
  const path = configPath(env);
  try {
    const file = await loadConfig(path);
    yield await configMode(path);
    yield await credentialsModes(file.config, env);
  } catch (thrown) {
    yield failedBy(config, thrown);
  }
  yield checkUmask(process.umask());
}

async function configMode(path: string): Promise<Finding> {
  const mode = await modeOf(path);
  if (mode === undefined)
    return skipped(
      config,
      say(`${path} does not exist; none is needed`, `${path} はありません (必須ではありません)`),
    );
  if ((mode & 0o022) === 0)
    return ok(config, say(`${path} (mode ${octal(mode)})`, `${path} (モード ${octal(mode)})`));
  return warn(
    config,
    say(
      `${path} has mode ${octal(mode)}: other users can change where backups go`,
      `${path} のモードは ${octal(mode)} です。他のユーザーがバックアップの保存先を変更できます`,
    ),
    say(`Run "chmod 600 ${path}".`, `"chmod 600 ${path}" を実行してください。`),
  );
}

async function credentialsModes({ locations = {} }: Config, env: Env): Promise<Finding> {
  const files = Object.values(locations).flatMap(({ credentialsFile }) =>
    credentialsFile === undefined ? [] : [expandHome(credentialsFile, env)],
  );
  if (files.length === 0) return skipped(credentials, say('none is configured', '設定されていません'));
  for (const file of files) {
    const mode = await modeOf(file);
    const repair = say(
      mode === undefined ? `Create ${file}, or change the location.` : `Run "chmod 600 ${file}".`,
      mode === undefined
        ? `${file} を作成するか、ストレージの場所を変更してください。`
        : `"chmod 600 ${file}" を実行してください。`,
    );
    if (mode === undefined)
      return warn(credentials, say(`${file} does not exist`, `${file} がありません`), repair);
    if ((mode & 0o077) !== 0) {
      const detail = say(
        `${file} has mode ${octal(mode)}: other users can read it`,
        `${file} のモードは ${octal(mode)} です。他のユーザーが読み取れます`,
      );
      return warn(credentials, detail, repair);
    }
  }
  return ok(credentials, say(files.join(', '), files.join(', ')));
}

/** Hozon gives its own files their modes; the umask decides about what a person makes of them. */
function checkUmask(mask: number): Finding {
  const shown = octal(mask);
  if ((mask & 0o002) !== 0) return ok(umask, say(shown, shown));
  return warn(
    umask,
    say(
      `${shown}: files you create can be changed by everybody`,
      `${shown}: 作成したファイルを誰でも変更できます`,
    ),
    say(
      'Run "umask 077" before you download or export backups.',
      'バックアップのダウンロードやエクスポートの前に "umask 077" を実行してください。',
    ),
  );
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
