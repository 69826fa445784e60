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
export function levels(tree: readonly TreeNode[]): CompletedLevel[] {
  const words = (nodes: readonly TreeNode[]): CompletedLevel['words'] =>
    nodes
      .map(node => (isNoun(node) ? node : node.spec))
      .filter(named => !('hidden' in named && named.hidden))
      .map(named => ({ name: named.name, summary: language => named.summary[language]() }));
  return [
    { paths: [''], words: words(tree) },
    ...tree.filter(isNoun).map(noun => ({ paths: nodeNames(noun), words: words(noun.commands) })),
  ];
}

/** Every visible command of the tree. */
export function commands(tree: readonly TreeNode[]): CompletedCommand[] {
  const all = tree.flatMap(node =>
    isNoun(node)
      ? node.commands.map(command => ({ command, nouns: nodeNames(node) }))
      : [{ command: node, nouns: [''] }],
  );
  return all
    .filter(({ command }) => command.spec.hidden !== true)
    .map(({ command, nouns }) => ({
      paths: nouns.flatMap(noun => nodeNames(command).map(name => `${noun} ${name}`.trim())),
      flags: flagsOf(command),
      argument: argumentOf(command),
    }));
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
