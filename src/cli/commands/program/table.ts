import { type CommandNode, on, say, spec } from '../../spec.ts';

export const doctor = spec({
  name: 'doctor',
  summary: say(
    'Check the cluster, the location and this machine, and say what is wrong',
    'クラスター、ストレージの場所、このマシンを確認し、問題点を表示します',
  ),
  flags: {},
});

export const explain = spec({
  name: 'explain',
  summary: say('Say what an error code means and what to do', 'エラーコードの意味と対処方法を表示します'),
  arguments: [
    {
      name: 'CODE',
      complete: 'codes',
      summary: say(
        'The code, as area.name; without it, all are listed',
        'コード (area.name 形式)。省略時はすべてを表示します',
      ),
    },
  ],
  flags: {},
});

export const version = spec({
  name: 'version',
  summary: say('Show the version', 'バージョンを表示します'),
  flags: {
    server: {
      kind: 'switch',
      summary: say('Ask the cluster for its version, too', 'クラスターのバージョンも表示します'),
    },
  },
});

export const completion = spec({
  name: 'completion',
  summary: say('Write the completion script of a shell', 'シェルの補完スクリプトを出力します'),
  details: say(
    'For bash: put source <(hozon completion bash) into ~/.bashrc. For zsh: write it to a file _hozon in a directory of fpath. For fish: write it to ~/.config/fish/completions/hozon.fish.',
    'bash の場合は ~/.bashrc に source <(hozon completion bash) と記述してください。zsh の場合は fpath のディレクトリーに _hozon として、fish の場合は ~/.config/fish/completions/hozon.fish として保存してください。',
  ),
  arguments: [
    {
      name: 'SHELL',
      required: true,
      choices: ['bash', 'zsh', 'fish'],
      summary: say('bash, zsh or fish', 'bash、zsh または fish'),
    },
  ],
  flags: {},
});

export const complete = spec({
  name: '__complete',
  hidden: true,
  summary: say('Names for the completion scripts', '補完スクリプト用の名前の一覧'),
  arguments: [
    { name: 'KIND', required: true, summary: say('What to list', '一覧にするもの') },
    { name: 'WORDS', variadic: true, summary: say('The words typed so far', '入力済みの語') },
  ],
  flags: {},
});

/** The commands that stand without a noun. */
export const program: readonly CommandNode[] = [
  on(doctor, () => import('./doctor.ts')),
  on(explain, () => import('./explain.ts')),
  on(version, () => import('./version.ts')),
  on(completion, () => import('./completion.ts')),
  on(complete, () => import('./complete.ts')),
];
