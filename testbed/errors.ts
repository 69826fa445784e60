import { defineErrors, error } from '#foundation/errors.ts';

/** What can go wrong while real clusters and object stores are started for tests and demonstrations. */
export const testbedErrors = defineErrors('testbed', {
  'packages-missing': error<{ packages: readonly string[]; reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: ({ packages, reason }) =>
        `The testbed needs Debian packages that are missing: ${packages.join(', ')} (${reason})`,
      ja: ({ packages, reason }) =>
        `テストベッドに必要な Debian パッケージがありません: ${packages.join(', ')} (${reason})`,
    },
    hint: {
      en: ({ packages }) => `As root, run: apt-get update && apt-get install -y ${packages.join(' ')}`,
      ja: ({ packages }) =>
        `root で次を実行してください: apt-get update && apt-get install -y ${packages.join(' ')}`,
    },
  }),
  'binary-unavailable': error<{ name: string; variable: string; tried: readonly string[] }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: ({ name, tried }) => `${name} could be neither found, downloaded nor built: ${tried.join('; ')}`,
      ja: ({ name, tried }) =>
        `${name} が見つからず、ダウンロードもビルドもできませんでした: ${tried.join('; ')}`,
    },
    hint: {
      en: ({ variable }) => `Install Go 1.24 or newer, or point ${variable} at the binary, and run it again.`,
      ja: ({ variable }) =>
        `Go 1.24 以降をインストールするか、環境変数 ${variable} にバイナリーのパスを設定してから、再度実行してください。`,
    },
  }),
  'process-exited': error<{ name: string; outcome: string; log: string; lastLines: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: ({ name, outcome, lastLines }) => `${name} of the testbed ended (${outcome}):\n${lastLines}`,
      ja: ({ name, outcome, lastLines }) =>
        `テストベッドの ${name} が終了しました (${outcome}):\n${lastLines}`,
    },
    hint: {
      en: ({ log }) => `Its whole log is in ${log}.`,
      ja: ({ log }) => `ログの全体は ${log} にあります。`,
    },
  }),
  'not-ready': error<{ what: string; seconds: number; last: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: ({ what, seconds, last }) => `${what} was not ready after ${seconds} s; last answer: ${last}`,
      ja: ({ what, seconds, last }) =>
        `${what} は ${seconds} 秒以内に準備できませんでした。最後の応答: ${last}`,
    },
    hint: {
      en: () =>
        'Run it again when the machine is less busy; the logs lie in the instance directory until then.',
      ja: () =>
        'マシンの負荷が下がってから再度実行してください。それまでログはインスタンスのディレクトリーに残ります。',
    },
  }),
  'needs-root': error<{ what: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: ({ what }) => `${what} needs root`,
      ja: ({ what }) => `${what} には root 権限が必要です`,
    },
    hint: {
      en: () => 'Run it as root, or ask for the light mode (--light), which needs no root.',
      ja: () => 'root で実行するか、root を必要としない軽量モード (--light) を指定してください。',
    },
  }),
  'no-free-slot': error<{ tried: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: ({ tried }) => `All ${tried} testbed slots of this machine are in use`,
      ja: ({ tried }) => `このマシンのテストベッド用スロット ${tried} 個はすべて使用中です`,
    },
    hint: {
      en: () => 'Stop a running testbed: npm run testbed:down',
      ja: () => '実行中のテストベッドを停止してください: npm run testbed:down',
    },
  }),
  leftovers: error<{ directory: string; what: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: ({ directory, what }) => `${directory} could not be cleared away: ${what}`,
      ja: ({ directory, what }) => `${directory} を片付けられませんでした: ${what}`,
    },
    hint: {
      en: () =>
        'Run npm run testbed:down as root; if it says so again, unmount and remove what it names by hand.',
      ja: () =>
        'root で npm run testbed:down を実行してください。同じ表示が続く場合は、表示された対象を手動でアンマウントして削除してください。',
    },
  }),
});
