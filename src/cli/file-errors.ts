import { error } from '#foundation/errors.ts';

/** What can be wrong with files that a command reads or writes: a part of the `cli` area. */
export const fileErrors = {
  'manifest-unreadable': error<{ source: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the manifest in ${p.source} cannot be read`,
      ja: p => `${p.source} のマニフェストを読み取れません`,
    },
    hint: {
      en: () => 'Give --from-file a readable file of YAML or JSON in UTF-8, or - for stdin.',
      ja: () =>
        '--from-file には、読み取り可能な UTF-8 の YAML または JSON ファイルか、標準入力を表す - を指定してください。',
    },
  }),
  'input-unreadable': error<{ source: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.source} cannot be read`,
      ja: p => `${p.source} を読み取れません`,
    },
    hint: {
      en: () => 'Name a readable file in UTF-8, or - for stdin.',
      ja: () => '読み取り可能な UTF-8 のファイルか、標準入力を表す - を指定してください。',
    },
  }),
  'manifest-syntax': error<{ source: string; line: number; problem: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.source}, line ${p.line}: not valid YAML: ${p.problem}`,
      ja: p => `${p.source} の ${p.line} 行目は YAML として正しくありません: ${p.problem}`,
    },
    hint: {
      en: p => `Correct ${p.source} and run the command again.`,
      ja: p => `${p.source} を修正してから、コマンドをもう一度実行してください。`,
    },
  }),
  'manifest-several': error<{ source: string; count: number }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.source} holds ${p.count} objects; one is expected`,
      ja: p => `${p.source} には ${p.count} 個のオブジェクトがあります。指定できるのは 1 個だけです`,
    },
    hint: {
      en: () => 'Keep each object in a file of its own, and run the command once for each.',
      ja: () => 'オブジェクトごとにファイルを分け、1 つずつコマンドを実行してください。',
    },
  }),
  'manifest-kind': error<{ source: string; found: string; wanted: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `${p.source} holds ${p.found === '-' ? 'no object' : `a ${p.found}`}; a ${p.wanted} is expected`,
      ja: p =>
        `${p.source} に ${p.wanted} がありません${p.found === '-' ? '' : ` (見つかったもの: ${p.found})`}`,
    },
    hint: {
      en: p => `Give --from-file a manifest that begins with apiVersion and kind of ${p.wanted}.`,
      ja: p => `--from-file には、apiVersion と kind が ${p.wanted} のマニフェストを指定してください。`,
    },
  }),
  'file-exists': error<{ path: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the file ${p.path} is already there`,
      ja: p => `ファイル ${p.path} はすでに存在します`,
    },
    hint: {
      en: () => 'Add --force to replace it, or name another file with --output.',
      ja: () => '置き換える場合は --force を追加するか、--output で別のファイルを指定してください。',
    },
  }),
  'file-unwritable': error<{ path: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the file ${p.path} cannot be written`,
      ja: p => `ファイル ${p.path} に書き込めません`,
    },
    hint: {
      en: () =>
        'Check that its directory exists, is yours, and has room, or name another file with --output.',
      ja: () =>
        'ディレクトリーの有無、所有者、空き容量を確認するか、--output で別のファイルを指定してください。',
    },
  }),
  'binary-to-terminal': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'an archive is not written to a terminal',
      ja: () => 'アーカイブを端末に出力することはできません',
    },
    hint: {
      en: () => 'Redirect stdout to a file or a pipe, or name a file with --output.',
      ja: () => '標準出力をファイルまたはパイプにリダイレクトするか、--output でファイルを指定してください。',
    },
  }),
};
