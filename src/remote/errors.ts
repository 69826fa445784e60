import { defineErrors, error } from '#foundation/errors.ts';

interface OfHost {
  readonly host: string;
}

interface Said extends OfHost {
  /** What the SSH client or the machine said, cut and without control characters. */
  readonly said: string;
}

interface OfPath extends OfHost {
  readonly path: string;
}

const tryByHand = {
  en: (p: OfHost) => `Run \`ssh -v ${p.host} true\` as the same user; it shows each step of the connection.`,
  ja: (p: OfHost) => `同じユーザーで \`ssh -v ${p.host} true\` を実行すると、接続の各段階を確認できます。`,
};

/** The errors of commands and files of this machine and of others. */
export const remoteErrors = defineErrors('remote', {
  'destination-invalid': error<{ destination: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.destination)} is no destination of SSH`,
      ja: p => `${JSON.stringify(p.destination)} は SSH の接続先として正しくありません`,
    },
    hint: {
      en: () =>
        'Give a host name, an address or a Host of your SSH configuration, with USER@ in front if needed.',
      ja: () =>
        'ホスト名、アドレス、または SSH 設定の Host を指定してください。必要な場合は先頭に USER@ を付けてください。',
    },
  }),
  'ssh-missing': error({
    exit: 'failed',
    retry: 'never',
    message: {
      en: () => 'There is no OpenSSH client on this machine',
      ja: () => 'このマシンに OpenSSH クライアントがありません',
    },
    hint: {
      en: () => 'Install it (openssh-clients, openssh-client), so that `ssh -V` answers.',
      ja: () =>
        'OpenSSH クライアント (openssh-clients または openssh-client) をインストールし、`ssh -V` が応答することを確認してください。',
    },
  }),
  unreachable: error<Said>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.host} cannot be reached over SSH: ${p.said}`,
      ja: p => `${p.host} に SSH で接続できません: ${p.said}`,
    },
    hint: {
      en: p => `Check the name, the port and the network, and that sshd runs there. ${tryByHand.en(p)}`,
      ja: p =>
        `名前、ポート、ネットワーク、および sshd が実行中であることを確認してください。${tryByHand.ja(p)}`,
    },
  }),
  'host-key-unknown': error<Said>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p =>
        `The host key of ${p.host}, or of a host on the way to it, is not known, so it could be another machine: ${p.said}`,
      ja: p =>
        `${p.host} または経由するホストのホスト鍵が登録されていないため、別のマシンの可能性があります: ${p.said}`,
    },
    hint: {
      en: () =>
        'Take its host key from a place that you trust into the file of known hosts, or log in once by hand with `ssh` and compare the fingerprint.',
      ja: () =>
        '信頼できる経路で入手したホスト鍵を known_hosts ファイルに登録するか、`ssh` で一度手動でログインしてフィンガープリントを照合してください。',
    },
  }),
  'host-key-changed': error<Said>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p =>
        `${p.host}, or a host on the way to it, shows another host key than the known one: it was installed anew, or somebody is in between: ${p.said}`,
      ja: p =>
        `${p.host} または経由するホストのホスト鍵が登録済みのものと異なります。再インストールされたか、第三者が通信に介在している可能性があります: ${p.said}`,
    },
    hint: {
      en: () =>
        'Find out why. Only if it was installed anew, remove the old key with `ssh-keygen -R HOST` and take the new one from a place that you trust.',
      ja: () =>
        '原因を確認してください。再インストールされた場合にのみ、`ssh-keygen -R HOST` で古い鍵を削除し、信頼できる経路で入手した新しい鍵を登録してください。',
    },
  }),
  'login-refused': error<Said>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.host} refused the login: ${p.said}`,
      ja: p => `${p.host} へのログインが拒否されました: ${p.said}`,
    },
    hint: {
      en: p =>
        `Check the user, and that its key is in the agent or named as the identity file and needs no passphrase. ${tryByHand.en(p)}`,
      ja: p =>
        `ユーザーを確認し、鍵がエージェントに登録されているか、パスフレーズ不要の identity ファイルとして指定されていることを確認してください。${tryByHand.ja(p)}`,
    },
  }),
  'sudo-refused': error<Said>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `The user may not become root on ${p.host} without a password: ${p.said}`,
      ja: p => `${p.host} でこのユーザーはパスワードなしで root になれません: ${p.said}`,
    },
    hint: {
      en: () =>
        'Log in as root, or let the user run sudo without a password (NOPASSWD); `sudo -n true` must succeed.',
      ja: () =>
        'root でログインするか、パスワードなしの sudo (NOPASSWD) を許可してください。`sudo -n true` が成功する必要があります。',
    },
  }),
  'shell-unusable': error<Said>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `No command can be run on ${p.host}: ${p.said}`,
      ja: p => `${p.host} でコマンドを実行できません: ${p.said}`,
    },
    hint: {
      en: () =>
        'The user needs a login shell, and sshd may not force a command on it; `ssh HOST "exec /bin/sh -c true"` must succeed.',
      ja: () =>
        'ユーザーにはログインシェルが必要で、sshd でコマンドを強制してはいけません。`ssh HOST "exec /bin/sh -c true"` が成功する必要があります。',
    },
  }),
  'connection-lost': error<Said & { readonly command: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `The connection to ${p.host} broke while ${p.command} was running there: ${p.said}`,
      ja: p => `${p.host} で ${p.command} の実行中に接続が切れました: ${p.said}`,
    },
    hint: {
      en: () =>
        'The command was ended there, as far as the machine noticed. Run it again when the network is steady.',
      ja: () =>
        'マシンが切断を検知した時点で、コマンドは終了しています。ネットワークが安定してから再度実行してください。',
    },
  }),
  'command-failed': error<Said & { readonly command: string; readonly code: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.command} on ${p.host} ended with ${p.code}: ${p.said}`,
      ja: p => `${p.host} の ${p.command} が終了コード ${p.code} で終了しました: ${p.said}`,
    },
    hint: {
      en: p => `Run ${p.command} on ${p.host} by hand to see why.`,
      ja: p => `${p.host} で ${p.command} を手動で実行し、原因を確認してください。`,
    },
  }),
  'output-too-large': error<OfHost & { readonly command: string; readonly limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.command} on ${p.host} wrote more than the ${p.limit} bytes that are accepted`,
      ja: p => `${p.host} の ${p.command} の出力が上限の ${p.limit} バイトを超えました`,
    },
    hint: {
      en: p => `It was ended. Look on ${p.host} why it says so much.`,
      ja: p => `コマンドは終了されました。${p.host} で出力が多い原因を確認してください。`,
    },
  }),
  'file-missing': error<OfPath>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `There is no ${p.path} on ${p.host}`,
      ja: p => `${p.host} に ${p.path} がありません`,
    },
    hint: {
      en: p => `Check the path with \`ls -ld ${p.path}\` on ${p.host}.`,
      ja: p => `${p.host} で \`ls -ld ${p.path}\` を実行し、パスを確認してください。`,
    },
  }),
  'file-denied': error<OfPath & { readonly said: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.path} on ${p.host} cannot be opened: ${p.said}`,
      ja: p => `${p.host} の ${p.path} を開けません: ${p.said}`,
    },
    hint: {
      en: p => `Log in to ${p.host} as a user who may, or become root there (sudo).`,
      ja: p => `権限のあるユーザーで ${p.host} にログインするか、root 権限 (sudo) を使用してください。`,
    },
  }),
  'file-foreign': error<OfPath & { readonly said: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.path} on ${p.host} is not what was expected there: ${p.said}`,
      ja: p => `${p.host} の ${p.path} は想定されたものではありません: ${p.said}`,
    },
    hint: {
      en: p => `Look at it with \`ls -ld ${p.path}\` on ${p.host}.`,
      ja: p => `${p.host} で \`ls -ld ${p.path}\` を実行して確認してください。`,
    },
  }),
  'file-no-room': error<OfPath & { readonly said: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `There is no room for ${p.path} on ${p.host}: ${p.said}`,
      ja: p => `${p.host} に ${p.path} を書き込む空き容量がありません: ${p.said}`,
    },
    hint: {
      en: p => `Nothing of it was kept. Look at \`df ${p.path}\` and the quota on ${p.host}.`,
      ja: p =>
        `書き込み途中のファイルは残っていません。${p.host} で \`df ${p.path}\` とクォータを確認してください。`,
    },
  }),
  'file-too-large': error<OfPath & { readonly limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.path} on ${p.host} is larger than the ${p.limit} bytes that are accepted`,
      ja: p => `${p.host} の ${p.path} は上限の ${p.limit} バイトより大きいファイルです`,
    },
    hint: {
      en: p => `Look whether ${p.path} is the file that was meant.`,
      ja: p => `${p.path} が目的のファイルであることを確認してください。`,
    },
  }),
  'tree-incomplete': error<Said>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `Not everything could be read on ${p.host}: ${p.said}`,
      ja: p => `${p.host} で一部を読み取れませんでした: ${p.said}`,
    },
    hint: {
      en: () =>
        'Where a file changed while it was read, run it again; where it may not be read, become root (sudo).',
      ja: () =>
        '読み取り中にファイルが変更された場合は再度実行し、読み取り権限がない場合は root 権限 (sudo) を使用してください。',
    },
  }),
});

/** What another machine said, fit for a message: one line, bounded, without control characters. */
export function saidBy(text: string): string {
  const lines = text
    .split(/[\r\n]+/)
    .map(line => line.replaceAll(/\p{Cc}/gu, ' ').trim())
    .filter(line => line !== '');
  const last = lines.slice(-3).join(' | ');
  if (last === '') return 'it said nothing';
  return last.length > 500 ? `${last.slice(0, 500)} …` : last;
}
