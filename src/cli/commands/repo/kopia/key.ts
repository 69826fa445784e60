import { changeKopiaPassword } from '#repository/kopia/upkeep/change-password.ts';
import { cliErrors } from '../../../errors.ts';
import { description } from '../../../output/outcome.ts';
import { askNewPassword, passwordFrom } from '../../../repository/password.ts';
import { type Handler, say } from '../../../spec.ts';
import type { key } from '../specs/key.ts';
import { openKopiaRepository } from './open.ts';

export const run: Handler<typeof key> = async ({ args: [action = '', id], flags }, context) => {
  const { signal } = context;
  const repository = await openKopiaRepository(flags, context);
  const { url } = repository.store;
  if (action !== 'passwd') {
    throw cliErrors.raise['not-in-format']({
      command: `key ${action}`,
      format: 'kopia',
      url,
      why: onePassword,
    });
  }
  if (id !== undefined) {
    throw cliErrors.raise['excess-argument']({ argument: id, help: 'hozon repo key --help' });
  }
  const source = {
    file: flags.newPasswordFile,
    command: flags.newPasswordCommand,
    variable: flags.newPasswordEnv,
  };
  const named = ['--new-password-file', '--new-password-command', '--new-password-env'] as const;
  const password = (await passwordFrom(source, named, context)) ?? (await askNewPassword(context));
  if (password === undefined) throw cliErrors.raise['missing-flag']({ flags: named });
  await changeKopiaPassword(repository, password, { signal });
  const unique = repository.uniqueId.toString('hex');
  return description({ data: { id: unique }, name: unique, text: changed });
};

const onePassword = say(
  'it has one password, which `hozon repo key passwd` changes',
  'パスワードは 1 つだけです。変更には `hozon repo key passwd` を使用してください',
);

const changed = say(
  'Changed the password. Who has the repository open goes on with the old one for up to 15 minutes.',
  'パスワードを変更しました。リポジトリーを開いている処理は、最大 15 分間は以前のパスワードのまま続行します。',
);
