import { open } from 'node:fs/promises';
import { isatty } from 'node:tty';
import type { Message } from '#foundation/language.ts';
import { errors } from '#repository/errors.ts';
import { expandHome } from '../config/path.ts';
import type { Context } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { say } from '../spec.ts';
import { outputOfCommand } from './password-command.ts';
import { passwordIn } from './password-text.ts';
import { shellWords } from './shell-words.ts';

/** Where a password is, as flags say it: at most one of them. */
export interface PasswordSource {
  readonly file?: string | undefined;
  readonly command?: string | undefined;
  /** The name of a variable of the environment. */
  readonly variable?: string | undefined;
}

const sizeLimit = 65536;

/**
 * The password that a source names; `undefined` where it names none. `flags` are the flags' names, for errors.
 *
 * @throws `cli.conflicting-flags`, `repository.password-file`, `password-command`, `password-variable`
 */
export async function passwordFrom(
  { file, command, variable }: PasswordSource,
  flags: readonly [string, string, string],
  { env, signal }: Context,
): Promise<Buffer | undefined> {
  const given = flags.filter((_, at) => [file, command, variable][at] !== undefined);
  if (given.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: given });
  if (file !== undefined) return fromFile(expandHome(file, env));
  if (command !== undefined) return fromCommand(command, signal);
  if (variable === undefined) return undefined;
  const value = env[variable] ?? '';
  if (value === '') throw errors.raise['password-variable']({ name: variable });
  return Buffer.from(value);
}

async function fromFile(path: string): Promise<Buffer> {
  const bytes = await beginningOf(path);
  const password = passwordIn(bytes);
  if (password.length === 0 || bytes.length > sizeLimit) throw errors.raise['password-file']({ path });
  return password;
}

async function beginningOf(path: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(sizeLimit + 1);
    const isTyped = isatty(file.fd);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      if (isTyped && buffer.subarray(0, length).includes('\n')) break; // a terminal ends only when it is told to
      ({ bytesRead: read } = await file.read(buffer, length, buffer.length - length)); // a pipe gives it in pieces
    }
    return buffer.subarray(0, length);
  } catch (cause) {
    throw errors.raise['password-file']({ path }, { cause });
  }
}

async function fromCommand(line: string, signal: AbortSignal): Promise<Buffer> {
  const password = passwordIn(await outputOfCommand(line, signal));
  if (password.length > 0) return password;
  const [program = ''] = shellWords(line) ?? [];
  throw errors.raise['password-command']({ program, problem: 'no output' });
}

/** Asks for a password without showing it; `undefined` where there is no terminal. @throws `repository.password-empty` */
export async function askPassword(question: Message, context: Context): Promise<Buffer | undefined> {
  const typed = await context.askHidden(question);
  if (typed === '') throw errors.raise['password-empty']();
  return typed === undefined ? undefined : Buffer.from(typed);
}

/** Asks twice, for a password that is to be set. @throws `repository.password-empty`, `passwords-differ` */
export async function askNewPassword(context: Context): Promise<Buffer | undefined> {
  const first = await askPassword(texts.choose, context);
  if (first === undefined) return undefined;
  const second = await context.askHidden(texts.again);
  if (second !== first.toString()) throw errors.raise['passwords-differ']();
  return first;
}

const texts = {
  choose: say('New password of the repository: ', 'リポジトリーの新しいパスワード: '),
  again: say('The same again: ', '確認のためもう一度入力してください: '),
};
