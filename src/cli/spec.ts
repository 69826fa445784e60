import type { Language, Message } from '#foundation/language.ts';
import type { Context } from './context.ts';
import type { Outcome } from './output/outcome.ts';

export { say } from '#foundation/language.ts';

/** What the shell can offer as a value: files, fixed words, or names that Hozon looks up when asked. */
export type Completion = 'files' | 'backups' | 'restores' | 'locations' | 'codes' | 'namespaces' | 'contexts';

/** The formats of repositories that `hozon repo` works with. */
export type RepositoryKind = 'restic' | 'kopia';

interface FlagBase {
  readonly summary: Message;
  /** Only repositories of this format have such a thing; a command refuses the flag by its name for others. Help says so. */
  readonly format?: RepositoryKind;
  /** One letter, without its dash. */
  readonly short?: string;
  /** Another long name that is understood but not shown, in kebab case. */
  readonly alias?: string;
  readonly hidden?: boolean;
}

interface ValueFlagBase extends FlagBase {
  /** What the value is called in help texts: `NAMESPACES`. */
  readonly value: string;
  readonly complete?: Completion;
}

/**
 * A flag of a command. Its long name is its key in kebab case. `list` takes `a,b` and may be repeated, `texts` may be repeated and
 * leaves each value as it is, `map`
 * takes `k=v,k=v` (or another separator than `=`), `duration` what Go's durations look like, and a `switch` may
 * be written `--x`, `--no-x`, `--x=true` and `--x=false`. `shownNegated` shows a switch as `--no-x` in help.
 */
export type FlagSpec =
  | (ValueFlagBase & { readonly kind: 'text' | 'texts' | 'list' | 'number' | 'duration' })
  | (ValueFlagBase & { readonly kind: 'map'; readonly separator?: string })
  | (FlagBase & { readonly kind: 'choice'; readonly value: string; readonly choices: readonly string[] })
  | (FlagBase & { readonly kind: 'switch'; readonly shownNegated?: boolean });

export type Flags = Readonly<Record<string, FlagSpec>>;

/** A positional argument. Arguments after an optional one are optional; only the last may be variadic. */
export interface ArgumentSpec {
  /** Upper case, as help shows it: `NAME`. */
  readonly name: string;
  readonly summary: Message;
  readonly required?: boolean;
  readonly variadic?: boolean;
  readonly complete?: Completion;
  readonly choices?: readonly string[];
}

export interface Example {
  readonly command: string;
  readonly summary: Message;
}

/** Everything that is known of a command before its code is loaded. */
export interface CommandSpec<F extends Flags = Flags> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: Message;
  /** More than the one-line summary, for the command's own help. */
  readonly details?: Message;
  readonly arguments?: readonly ArgumentSpec[];
  readonly flags: F;
  readonly examples?: readonly Example[];
  readonly hidden?: boolean;
}

type FlagValue<F extends FlagSpec> = F extends { readonly kind: 'text' }
  ? string
  : F extends { readonly kind: 'list' | 'texts' }
    ? readonly string[]
    : F extends { readonly kind: 'map' }
      ? Readonly<Record<string, string>>
      : F extends { readonly kind: 'number' | 'duration' }
        ? number
        : F extends { readonly kind: 'choice'; readonly choices: readonly (infer C)[] }
          ? C
          : boolean;

/** The flags' values by key; `undefined` where a flag was not given. Durations are milliseconds. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: FlagValue<F[K]> | undefined };

/** What was typed: positional arguments in order, and the command's own flags. */
export interface Input<F extends Flags = Flags> {
  readonly args: readonly string[];
  readonly flags: FlagValues<F>;
}

/** Does a command's work and returns what is to be shown; it prints nothing itself. */
export type Handler<S extends CommandSpec> = (input: Input<S['flags']>, context: Context) => Promise<Outcome>;

/** A command in the tree: what is known of it, and where its code is. */
export interface CommandNode {
  readonly spec: CommandSpec;
  readonly load: () => Promise<{ readonly run: Handler<CommandSpec> }>;
}

/** A noun with its verbs, and with nouns that are part of it. */
export interface NounNode {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: Message;
  readonly commands: readonly TreeNode[];
}

export type TreeNode = CommandNode | NounNode;

/** Declares a command; exists so that its flags' types survive into its handler. */
export function spec<const F extends Flags>(definition: CommandSpec<F>): CommandSpec<F> {
  return definition;
}

/** Puts a command into the tree: `on(create, () => import('./create.ts'))`, where the module exports `run`. */
export function on<S extends CommandSpec>(
  definition: S,
  load: () => Promise<{ readonly run: Handler<S> }>,
): CommandNode {
  return { spec: definition, load: load };
}

/** A text in one language. */
export function told(text: Message, language: Language): string {
  return text[language]();
}

export function isNoun(node: TreeNode): node is NounNode {
  return 'commands' in node;
}

/** `includeNamespaces` → `include-namespaces`. */
export function longName(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}

/** Whether the flag is followed by a value. */
export function takesValue(flag: FlagSpec): flag is Exclude<FlagSpec, { kind: 'switch' }> {
  return flag.kind !== 'switch';
}
