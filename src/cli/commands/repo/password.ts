import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { reasonOf } from '../../reason.ts';
import { kopiaEnvironment, resticEnvironment } from '../../repository/environment.ts';
import { firstLine } from '../../repository/first-line.ts';
import { askPassword, passwordFrom } from '../../repository/password.ts';
import { placeOf } from '../../repository/place.ts';
import { type RepositoryKind, say } from '../../spec.ts';
import type { Access } from './open.ts';

/** How often a password may be typed. */
const tries = 3;

interface Asked {
  readonly flags: Access;
  readonly format: RepositoryKind;
  readonly url: string;
}

/**
 * Opens a repository with the password that {@link passwordOf} finds, else with what is typed, or the first line of what stands in for
 * a terminal.
 *
 * @throws as finding it and `open` do, `cli.missing-flag`
 */
export async function withPassword<T>(
  { flags, format, url }: Asked,
  context: Context,
  open: (password: Buffer) => Promise<T>,
): Promise<T> {
  const password = await passwordOf(flags, format, context);
  if (password !== undefined) return open(password);
  for (let attempt = 1; ; attempt++) {
    const typed = await askPassword(enterPassword(url), context);
    if (typed === undefined) return open(await fromStandardInput(flags, format, context));
    try {
      return await open(typed);
    } catch (thrown) {
      if (attempt === tries || !isHozonError(thrown, 'repository.wrong-password')) throw thrown;
      context.note(reasonOf(thrown));
    }
  }
}

/** The password for a new repository: asked for twice where nothing says it. @throws as finding it does, `cli.missing-flag` */
export async function newPassword(
  flags: Access,
  format: RepositoryKind,
  {
    context,
    ask,
  }: { readonly context: Context; readonly ask: (context: Context) => Promise<Buffer | undefined> },
): Promise<Buffer> {
  const password = (await passwordOf(flags, format, context)) ?? (await ask(context));
  return password ?? fromStandardInput(flags, format, context);
}

const longestLine = 65536;

/** As restic reads it. Not where the command stores what comes in. */
async function fromStandardInput(
  { stdinTaken }: Access,
  format: RepositoryKind,
  { stdin, signal }: Context,
): Promise<Buffer> {
  if (stdinTaken === true || stdin.isTTY === true) throw noPassword(format);
  const password = await firstLine(stdin, { limit: longestLine, signal });
  if (password === undefined || password.length === 0) throw noPassword(format);
  return password;
}

/**
 * The password that the flags name; else that of who knows the place; else, for a kopia repository, that of KOPIA_PASSWORD; else that of
 * restic's variables. `undefined` where nothing says it.
 */
async function passwordOf(
  flags: Access,
  format: RepositoryKind,
  context: Context,
): Promise<Buffer | undefined> {
  const { passwordFile: file, passwordCommand: command, passwordEnv: variable } = flags;
  const named = ['--password-file', '--password-command', '--password-env'] as const;
  const given = await passwordFrom({ file, command, variable }, named, context);
  const known = given ?? (await (await placeOf(flags, context)).password?.());
  if (known !== undefined) return known;
  const kopia = format === 'kopia' ? kopiaEnvironment(context.env).password : undefined;
  if (kopia !== undefined) return Buffer.from(kopia);
  const env = resticEnvironment(context.env);
  const variables = ['RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD_COMMAND', 'RESTIC_PASSWORD'] as const;
  const source = { file: env.passwordFile, command: env.passwordCommand };
  const found = await passwordFrom(source, variables, context);
  return found ?? (env.password === undefined ? undefined : Buffer.from(env.password));
}

function noPassword(format: RepositoryKind): HozonError {
  const variable = format === 'kopia' ? 'KOPIA_PASSWORD' : 'RESTIC_PASSWORD';
  const flags = ['--password-file', '--password-command', '--password-env', variable];
  return cliErrors.raise['missing-flag']({ flags });
}

function enterPassword(url: string): Message {
  return say(`Password of the repository ${url}: `, `リポジトリー ${url} のパスワード: `);
}
