import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errors } from '#repository/errors.ts';
import { isResticName, parseResticName } from '#repository/restic/access/repository-name.ts';
import { openLocation } from '#storage/locations.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { expandHome } from '../config/path.ts';
import type { Context } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { resticEnvironment } from './environment.ts';
import { veleroName } from './velero-name.ts';

/** How a repository is named on the command line: at most one of them. */
export interface PlaceFlags {
  readonly repo?: string | undefined;
  readonly repositoryFile?: string | undefined;
}

/** Bytes; the file of `--repository-file` holds one name. */
const nameLimit = 65536;

/** Where a repository is. */
export interface Place {
  readonly store: ObjectStore;
  /** Its password, where whoever knows of the place knows that too; what flags and variables say comes first. */
  readonly password?: (() => Promise<Buffer>) | undefined;
  /** Who works in it, where that is agreed with others; this user and host otherwise. */
  readonly identity?: { readonly username: string; readonly hostname: string } | undefined;
  /** The namespace whose volumes Velero keeps there, where it is one of Velero's repositories. */
  readonly veleroNamespace?: string | undefined;
}

/** By who asks, and by what the flags say. */
const places = new WeakMap<Context, Map<string, Promise<Place>>>();

/**
 * Opens the place of the repository that the flags name, else restic's variables. `--repo` takes names of locations and URLs as
 * every command of Hozon does, restic's forms, and `velero:LOCATION/NAMESPACE` for Velero's own repositories; what restic's variables and `--repository-file` hold is read as restic reads
 * it, but that a `~` which no shell has expanded is refused where there is no such directory. The same flags in one command are the same place, opened once. The store is closed after the handler.
 *
 * @throws `cli.missing-flag`, `cli.conflicting-flags`, `cli.bad-value`, `cli.unexpanded-home`, `repository.name-file`, `unsupported-backend`, `bad-name`
 */
export function placeOf(flags: PlaceFlags, context: Context): Promise<Place> {
  const known = places.get(context) ?? new Map<string, Promise<Place>>();
  places.set(context, known);
  const name = JSON.stringify([flags.repo, flags.repositoryFile]);
  const place = known.get(name) ?? openPlace(flags, context);
  known.set(name, place);
  return place;
}

async function openPlace({ repo, repositoryFile }: PlaceFlags, context: Context): Promise<Place> {
  if (repo !== undefined && repositoryFile !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--repo', '--repository-file'] });
  }
  if (repo === undefined) {
    return { store: await openRestic(await nameForRestic(repositoryFile, context), context) };
  }
  const velero = veleroName(repo);
  if (velero !== undefined) return (await import('./velero-place.ts')).veleroPlace(velero, context);
  if (isResticName(repo)) return { store: await openRestic(repo, context) };
  return { store: (await context.location(repo)).store };
}

async function nameForRestic(file: string | undefined, { env }: Context): Promise<string> {
  const fromEnv = resticEnvironment(env);
  const [name, path] =
    file === undefined ? [fromEnv.repository, fromEnv.repositoryFile] : [undefined, expandHome(file, env)];
  if (name !== undefined && path !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['RESTIC_REPOSITORY', 'RESTIC_REPOSITORY_FILE'] });
  }
  if (name !== undefined) return name;
  if (path === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--repo', 'RESTIC_REPOSITORY'] });
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > nameLimit) throw new Error('the file is too long');
    return text.replace(/^\ufeff/, '').trim();
  } catch (cause) {
    throw errors.raise['name-file']({ path }, { cause });
  }
}

/**
 * Restic reads `~` as the name of a directory, and would make one where a variable holds what no shell has seen.
 *
 * @throws `cli.unexpanded-home`
 */
async function refuseUnexpanded(name: string, env: Context['env']): Promise<void> {
  const path = name.replace(/^local:/, '');
  const [first = ''] = path.split('/', 1);
  if (!first.startsWith('~')) return;
  const here = resolve(first);
  const isThere = await access(here).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const meant = expandHome(path, env);
  throw cliErrors.raise['unexpanded-home']({ given: name, here, meant: meant === path ? '/…' : meant });
}

async function openRestic(name: string, context: Context): Promise<ObjectStore> {
  const { env, note, defer } = context;
  await refuseUnexpanded(name, env);
  const caFile = resticEnvironment(env).caFile ?? (env['AWS_CA_BUNDLE'] || undefined);
  const region = env['AWS_DEFAULT_REGION'] || env['AWS_REGION'] || undefined;
  const location = parseResticName(name, { region, caFile });
  const store = await openLocation({ location }, { onFinding: finding => note(finding.message) });
  defer(() => store.close());
  return store;
}
