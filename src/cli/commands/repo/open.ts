import { open } from 'node:fs/promises';
import { errors } from '#repository/errors.ts';
import { type OpenRepository, openRestic } from '#repository/restic/access/open.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';

/** The flags that say which repository is meant. */
export interface Access {
  readonly repo: string | undefined;
  readonly passwordFile: string | undefined;
}

const passwordLimit = 65536;

/** Opens the repository that the flags name. @throws as {@link placeOf} and opening do */
export async function openRepository(flags: Access, context: Context): Promise<OpenRepository> {
  const { store, password } = await placeOf(flags, context);
  return openRestic(store, { password, signal: context.signal });
}

/** Where the flags say that the repository is, and its password. @throws `cli.missing-flag`, `repository.password-file` */
export async function placeOf(
  { repo, passwordFile }: Access,
  context: Context,
): Promise<{ readonly store: ObjectStore; readonly password: Buffer }> {
  if (repo === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--repo'] });
  if (passwordFile === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--password-file'] });
  const password = await readPassword(expandHome(passwordFile, context.env));
  const { store } = await context.location(repo);
  return { store, password };
}

/** Space around the password is no part of it, as restic has it too. */
async function readPassword(path: string): Promise<Buffer> {
  const bytes = await readBeginning(path);
  const password = bytes.toString().trim();
  if (password === '' || bytes.length > passwordLimit) throw errors.raise['password-file']({ path });
  return Buffer.from(password);
}

async function readBeginning(path: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(passwordLimit + 1), 0, passwordLimit + 1);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw errors.raise['password-file']({ path }, { cause });
  }
}
