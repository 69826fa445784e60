import type { Message } from '#foundation/language.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import {
  type AddKeyOptions,
  addKey,
  changePassword,
  listKeys,
  removeKey,
  type StoredKey,
} from '#repository/restic/access/keys.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { heads } from '../../messages.ts';
import { type Column, description, listing, type Outcome } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import { askNewPassword, passwordFrom } from '../../repository/password.ts';
import { type FlagValues, type Handler, say } from '../../spec.ts';
import { shortId } from './forget-view.ts';
import { lockedRepository, lockFor, openRepository } from './open.ts';
import type { key } from './specs/key.ts';
import { undeletedData } from './undeleted.ts';

type Flags = FlagValues<(typeof key)['flags']>;

export const run: Handler<typeof key> = async ({ args: [action = '', id], flags }, context) => {
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (act === undefined) {
    const expected = Object.keys(actions).join(' | ');
    throw cliErrors.raise['bad-value']({ flag: 'ACTION', given: action, expected });
  }
  const help = 'hozon repo key --help';
  if (action === 'remove' && id === undefined)
    throw cliErrors.raise['missing-argument']({ argument: 'ID', help });
  if (action !== 'remove' && id !== undefined)
    throw cliErrors.raise['excess-argument']({ argument: id, help });
  if (action !== 'list' && flags.lock === false) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--no-lock', action] });
  }
  return act(flags, context, id ?? '');
};

type Action = (flags: Flags, context: Context, id: string) => Promise<Outcome>;

const actions: Readonly<Record<string, Action>> = { list, add, remove, passwd };

async function list(flags: Flags, context: Context): Promise<Outcome> {
  const { repository, signal } = await lockedRepository(flags, context, 'read');
  const onDamage = (_: string, thrown: unknown): void => context.note(reasonOf(thrown));
  return listing<StoredKey>({
    items: await listKeys(repository, { signal, onDamage }),
    columns,
    name: each => each.id,
    data: ({ id, current, username, hostname, created }) => ({
      current,
      id,
      userName: username,
      hostName: hostname,
      created,
    }),
  });
}

const columns: readonly Column<StoredKey>[] = [
  { header: say('ID', 'ID'), cell: ({ id, current }) => `${shortId(id)}${current ? ' *' : ''}` },
  { header: say('USER', 'ユーザー'), cell: ({ username }) => username },
  { header: say('HOST', 'ホスト'), cell: ({ hostname }) => hostname },
  { header: heads.created, cell: ({ created }) => created.replace(/\.\d+/, '') },
  { header: say('WHOLE ID', 'ID 全体'), cell: ({ id }) => id, wide: true },
];

async function add(flags: Flags, context: Context): Promise<Outcome> {
  const { repository, signal } = await lockedRepository(flags, context, 'append');
  const id = await addKey(repository, await newKeyOptions(flags, context, signal));
  return done(id, say(`Added the key ${shortId(id)}.`, `キー ${shortId(id)} を追加しました。`));
}

async function passwd(flags: Flags, context: Context): Promise<Outcome> {
  const { repository, signal } = await lockedRepository(flags, context, 'exclusive');
  const { id, undeleted } = await changePassword(repository, await newKeyOptions(flags, context, signal));
  const [now, old] = [shortId(id), shortId(repository.keyId)];
  const changed = say(
    `Changed the password: the key ${now} takes the place of ${old}.`,
    `パスワードを変更しました。キー ${old} は ${now} に置き換えられました。`,
  );
  if (undeleted === undefined) return done(id, changed);
  const reason = reasonOf(undeleted.error);
  return description({
    data: { id, undeleted: undeletedData([undeleted]) },
    name: id,
    text: say(
      `Added the key ${now} with the new password.`,
      `新しいパスワードのキー ${now} を追加しました。`,
    ),
    exit: 'partial',
    notes: [
      say(
        `Not deleted: ${undeleted.file}: ${reason.en()}`,
        `削除できませんでした: ${undeleted.file}: ${reason.ja()}`,
      ),
      say(
        `The old password still opens the repository. Once it can be deleted, run \`hozon repo key remove ${old}\` with the new one.`,
        `以前のパスワードでもリポジトリーを開くことができます。削除できるようになったら、新しいパスワードで \`hozon repo key remove ${old}\` を実行してください。`,
      ),
    ],
  });
}

async function remove(flags: Flags, context: Context, wanted: string): Promise<Outcome> {
  const repository = await openRepository(flags, context);
  const { url } = repository.store;
  if (flags.confirm !== true) {
    const question = say(
      `To be removed from ${url}: the key ${wanted}`,
      `${url} からキー ${wanted} が削除されます`,
    );
    await context.confirm(question, '--confirm');
  }
  const signal = await lockFor(repository, flags, { context, use: 'exclusive' });
  const id = await removeKey(repository, wanted, { signal });
  return done(id, say(`Removed the key ${shortId(id)}.`, `キー ${shortId(id)} を削除しました。`));
}

function done(id: string, text: Message): Outcome {
  return description({ data: { id }, name: id, text });
}

async function newKeyOptions(flags: Flags, context: Context, signal: AbortSignal): Promise<AddKeyOptions> {
  const source = {
    file: flags.newPasswordFile,
    command: flags.newPasswordCommand,
    variable: flags.newPasswordEnv,
  };
  const named = ['--new-password-file', '--new-password-command', '--new-password-env'] as const;
  const password = (await passwordFrom(source, named, context)) ?? (await askNewPassword(context));
  if (password === undefined) throw cliErrors.raise['missing-flag']({ flags: named });
  const own = ownIdentity();
  const identity = { username: flags.user ?? own.username, hostname: flags.host ?? own.hostname };
  return { password, identity, clock: context.clock, signal };
}
