import { defineErrors, error } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';

/** What can go wrong when a project is exported to files or imported from them. */
export const errors = defineErrors('projects', {
  'project-not-found': error<{ namespace: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `there is no project ${p.namespace}`,
      ja: p => `プロジェクト ${p.namespace} はありません`,
    },
    hint: {
      en: () => 'Run `kubectl get namespaces` (or `oc projects`) to see which there are.',
      ja: () => '`kubectl get namespaces` (または `oc projects`) で一覧を確認してください。',
    },
  }),
  'nothing-readable': error<{ namespace: string; types: number }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `none of the ${p.types} resource types of project ${p.namespace} may be listed`,
      ja: p => `プロジェクト ${p.namespace} の ${p.types} 種類のリソースは、いずれも一覧を取得できません`,
    },
    hint: {
      en: p =>
        `Ask for the role \`view\` or \`admin\` in it: \`kubectl auth can-i --list -n ${p.namespace}\` shows what you may do.`,
      ja: p =>
        `このプロジェクトの \`view\` または \`admin\` ロールを依頼してください。現在の権限は \`kubectl auth can-i --list -n ${p.namespace}\` で確認できます。`,
    },
  }),
  'target-exists': error<{ directory: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.directory} exists already and is not empty`,
      ja: p => `${p.directory} はすでに存在し、空ではありません`,
    },
    hint: {
      en: () => 'Name another directory, or pass --overwrite to replace an earlier export as a whole.',
      ja: () => '別のディレクトリーを指定するか、--overwrite で以前のエクスポート全体を置き換えてください。',
    },
  }),
  'target-foreign': error<{ directory: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.directory} is not a project export, so it is not replaced`,
      ja: p => `${p.directory} はプロジェクトのエクスポートではないため、置き換えません`,
    },
    hint: {
      en: () => 'Name another directory; only a directory with a hozon-export.json is ever replaced.',
      ja: () =>
        '別のディレクトリーを指定してください。置き換えるのは hozon-export.json があるディレクトリーだけです。',
    },
  }),
  'not-a-directory': error<{ directory: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.directory} is not a directory that can be read`,
      ja: p => `${p.directory} は読み取り可能なディレクトリーではありません`,
    },
    hint: {
      en: () => 'Name the directory that `hozon project export` wrote.',
      ja: () => '`hozon project export` が作成したディレクトリーを指定してください。',
    },
  }),
  'no-objects': error<{ directory: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.directory} holds no objects to import`,
      ja: p => `${p.directory} にはインポートするオブジェクトがありません`,
    },
    hint: {
      en: () => 'Files are read from the directory itself, not below it: *.yaml, *.yml and *.json.',
      ja: () => 'ディレクトリー直下の *.yaml、*.yml、*.json だけを読み取ります。',
    },
  }),
  'not-regular': error<{ file: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} is a symbolic link or not a regular file, and is not followed`,
      ja: p => `${p.file} はシンボリックリンクか、通常のファイルではないため、読み取りません`,
    },
    hint: {
      en: () => 'Replace it by the file itself, or remove it.',
      ja: () => 'ファイル本体に置き換えるか、削除してください。',
    },
  }),
  'too-large': error<{ file: string; bytes: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} makes the import larger than ${formatBytes(p.bytes)}`,
      ja: p => `${p.file} により、インポートのサイズが ${formatBytes(p.bytes)} を超えます`,
    },
    hint: {
      en: () =>
        'Check that it is what you mean to import; divide it over several imports into the existing project.',
      ja: () =>
        '対象のファイルが正しいか確認し、必要であれば分割して既存のプロジェクトへ順にインポートしてください。',
    },
  }),
  'too-many-objects': error<{ directory: string; limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.directory} holds more than ${p.limit} objects`,
      ja: p => `${p.directory} には ${p.limit} 個を超えるオブジェクトがあります`,
    },
    hint: {
      en: () => 'Divide it over several imports into the existing project.',
      ja: () => '分割して、既存のプロジェクトへ順にインポートしてください。',
    },
  }),
  'not-yaml': error<{ file: string; reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} is not YAML that can be read: ${p.reason}`,
      ja: p => `${p.file} を YAML として読み取れません: ${p.reason}`,
    },
    hint: {
      en: () => 'Correct the file at that place, or remove it from the directory.',
      ja: () => '該当箇所を修正するか、ファイルをディレクトリーから取り除いてください。',
    },
  }),
  'not-an-object': error<{ file: string; place: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.file}: ${p.place} is not a Kubernetes object (it needs apiVersion, kind and metadata.name)`,
      ja: p =>
        `${p.file}: ${p.place} は Kubernetes オブジェクトではありません (apiVersion、kind、metadata.name が必要です)`,
    },
    hint: {
      en: () => 'Correct the file, or remove it from the directory.',
      ja: () => 'ファイルを修正するか、ディレクトリーから取り除いてください。',
    },
  }),
  'bad-name': error<{ name: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.name)} cannot be the name of a project`,
      ja: p => `${JSON.stringify(p.name)} はプロジェクト名として使用できません`,
    },
    hint: {
      en: () =>
        'Use at most 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.',
      ja: () => '小文字の英数字とハイフンを 63 文字以内で使用し、先頭と末尾は英数字にしてください。',
    },
  }),
  'name-needed': error<{ directory: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.directory} does not say which project it comes from`,
      ja: p => `${p.directory} からは元のプロジェクト名がわかりません`,
    },
    hint: {
      en: () => 'Name the project to import into with --as.',
      ja: () => 'インポート先のプロジェクトを --as で指定してください。',
    },
  }),
  'project-exists': error<{ namespace: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `project ${p.namespace} exists already`,
      ja: p => `プロジェクト ${p.namespace} はすでに存在します`,
    },
    hint: {
      en: () => 'Import under another name with --as, or pass --into-existing to add what is missing in it.',
      ja: () =>
        '--as で別の名前を指定するか、--into-existing で既存のプロジェクトに不足分を追加してください。',
    },
  }),
});

/** The factories of {@link errors}. */
export const { raise } = errors;
