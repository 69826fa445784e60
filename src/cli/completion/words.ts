import { globalFlags } from '../global-flags.ts';
import { nodeNames } from '../rewrite.ts';
import {
  type CommandNode,
  type Completion,
  type FlagSpec,
  isNoun,
  longName,
  type TreeNode,
  takesValue,
} from '../spec.ts';

/** What can follow a flag, or stand as an argument: fixed words, or a kind of name that is asked for. */
export type Values = { readonly words: readonly string[] } | { readonly kind: Completion } | undefined;

/** A flag as a shell sees it. */
export interface CompletedFlag {
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly values: Values;
  readonly list: boolean;
  readonly summary: (language: 'en' | 'ja') => string;
}

/** A command as a shell sees it. `path` holds every spelling: `backup create`, `backups create`. */
export interface CompletedCommand {
  readonly paths: readonly string[];
  readonly flags: readonly CompletedFlag[];
  readonly argument: Values;
}

/** A place in the tree where the next word is a command. */
export interface CompletedLevel {
  readonly paths: readonly string[];
  readonly words: readonly { readonly name: string; readonly summary: (language: 'en' | 'ja') => string }[];
}

/** The levels of the tree: the program itself (path empty) and every noun. */
export function levels(tree: readonly TreeNode[], paths: readonly string[] = ['']): CompletedLevel[] {
  const words = tree
    .map(node => (isNoun(node) ? node : node.spec))
    .filter(named => !('hidden' in named && named.hidden))
    .map(named => ({ name: named.name, summary: (language: 'en' | 'ja') => named.summary[language]() }));
  const below = tree.filter(isNoun).flatMap(noun => levels(noun.commands, pathsBelow(paths, noun)));
  return [{ paths, words }, ...below];
}

/** Every spelling of the way to a node. */
function pathsBelow(paths: readonly string[], node: TreeNode): string[] {
  return paths.flatMap(path => nodeNames(node).map(name => `${path} ${name}`.trim()));
}

/** Every visible command of the tree. */
export function commands(tree: readonly TreeNode[], paths: readonly string[] = ['']): CompletedCommand[] {
  return tree.flatMap(node => {
    const below = pathsBelow(paths, node);
    if (isNoun(node)) return commands(node.commands, below);
    if (node.spec.hidden === true) return [];
    return [{ paths: below, flags: flagsOf(node), argument: argumentOf(node) }];
  });
}

function flagsOf(command: CommandNode): CompletedFlag[] {
  const all: Record<string, FlagSpec> = { ...globalFlags, ...command.spec.flags };
  const shorts = new Set(Object.values(command.spec.flags).map(flag => flag.short));
  return Object.entries(all)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([key, flag]) => completedFlag(key, flag, key in command.spec.flags || !shorts.has(flag.short)));
}

/** The flags that stand before any command. */
export function programFlags(): CompletedFlag[] {
  return Object.entries<FlagSpec>(globalFlags).map(([key, flag]) => completedFlag(key, flag, true));
}

function completedFlag(key: string, flag: FlagSpec, withShort: boolean): CompletedFlag {
  const negated = flag.kind === 'switch' && flag.shownNegated === true ? 'no-' : '';
  return {
    names: [
      `--${negated}${longName(key)}`,
      ...(withShort && flag.short !== undefined ? [`-${flag.short}`] : []),
      ...(flag.alias === undefined ? [] : [`--${flag.alias}`]),
    ],
    takesValue: takesValue(flag),
    values: valuesOf(flag),
    list: flag.kind === 'list',
    summary: language => flag.summary[language](),
  };
}

function valuesOf(flag: FlagSpec): Values {
  if (flag.kind === 'choice') return { words: flag.choices };
  return flag.kind === 'switch' || flag.complete === undefined ? undefined : { kind: flag.complete };
}

function argumentOf(command: CommandNode): Values {
  const [first] = command.spec.arguments ?? [];
  if (first?.choices !== undefined) return { words: first.choices };
  return first?.complete === undefined ? undefined : { kind: first.complete };
}

/** Every spelling of every flag in the tree that is followed by a value. */
export function valueFlagNames(tree: readonly TreeNode[]): string[] {
  const all = [...programFlags(), ...commands(tree).flatMap(command => command.flags)];
  return [...new Set(all.filter(flag => flag.takesValue).flatMap(flag => flag.names))];
}
