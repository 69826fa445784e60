import { Command, CommanderError, Option } from 'commander';
import { cliErrors } from './errors.ts';
import { flagValues, type RawValue } from './flag-values.ts';
import { type GlobalValues, globalFlags } from './global-flags.ts';
import { nodeNames, rewrite } from './rewrite.ts';
import { similarTo } from './similar.ts';
import {
  type CommandNode,
  type FlagSpec,
  type Flags,
  type Input,
  isNoun,
  longName,
  type TreeNode,
  takesValue,
} from './spec.ts';

/** What the words on the command line ask for. `path` is the command's name, without `hozon`. */
export type Parsed =
  | { readonly kind: 'help'; readonly path: readonly string[]; readonly node: TreeNode | undefined }
  | {
      readonly kind: 'run';
      readonly path: readonly string[];
      readonly node: CommandNode;
      readonly input: Input;
      readonly globals: GlobalValues;
    };

interface Site {
  readonly path: readonly string[];
  readonly node: TreeNode | undefined;
  readonly flags: Flags;
}

/** Parses the words after `hozon`. Throws `cli.*` usage errors. */
export function parse(argv: readonly string[], tree: readonly TreeNode[]): Parsed {
  const sites = new Map<Command, Site>();
  const outcome: { help?: Command; parsed?: Parsed; command?: Command } = {};
  const root = prepared(new Command('hozon'), command => {
    outcome.help = command;
  });
  const words = rewrite(argv, tree);
  site(root, { path: [], node: undefined, flags: {} }, sites);
  branch(
    root,
    { tree, path: [] },
    {
      words: new Set(words),
      sites,
      attach: (command, node) => {
        command.action(() => {
          outcome.parsed = invocation(command, node, sites);
        });
      },
    },
  );
  try {
    root.parse(words, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const helped = outcome.help === undefined ? undefined : sites.get(outcome.help);
    if (helped === undefined) throw usageError(thrown, argv, tree);
    return { kind: 'help', path: helped.path, node: helped.node };
  }
  if (outcome.parsed === undefined) throw new Error('the parser reached no command');
  return outcome.parsed;
}

function prepared(command: Command, onHelp: (command: Command) => void): Command {
  return command
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError(false)
    .helpCommand(false)
    .helpOption('-h, --help')
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .configureHelp({
      formatHelp: shown => {
        onHelp(shown);
        return '';
      },
    });
}

interface Growing {
  /** What commander is to parse. */
  readonly words: ReadonlySet<string>;
  readonly sites: Map<Command, Site>;
  readonly attach: (command: Command, node: CommandNode) => void;
}

interface Branch {
  readonly tree: readonly TreeNode[];
  readonly path: readonly string[];
}

/** Of a command that no word names, which therefore is not reached, there is no more than the name: thousands of flags take a while to make. */
function branch(parent: Command, { tree, path }: Branch, growing: Growing): void {
  for (const node of tree) {
    const names = nodeNames(node);
    const [name = '', ...aliases] = names;
    const command = parent.command(name).aliases(aliases).enablePositionalOptions();
    if (!names.some(each => growing.words.has(each))) continue;
    const below = [...path, name];
    if (isNoun(node)) {
      site(command, { path: below, node, flags: {} }, growing.sites);
      branch(command, { tree: node.commands, path: below }, growing);
    } else {
      leaf(command, node, below, growing.sites);
      growing.attach(command, node);
    }
  }
}

function leaf(command: Command, node: CommandNode, path: readonly string[], sites: Map<Command, Site>): void {
  command.argument('[words...]');
  site(command, { path, node, flags: node.spec.flags }, sites);
}

function site(command: Command, at: Site, sites: Map<Command, Site>): void {
  sites.set(command, at);
  for (const [key, flag] of Object.entries(at.flags)) addFlag(command, key, flag);
  const shorts = new Set(Object.values(at.flags).map(flag => flag.short));
  for (const [key, flag] of Object.entries<FlagSpec>(globalFlags)) {
    if (key in at.flags) continue;
    const { short, ...long } = flag;
    addFlag(command, key, shorts.has(short) ? long : flag);
  }
}

function addFlag(command: Command, key: string, flag: FlagSpec): void {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const names = [`${short}--${longName(key)}`, ...(flag.alias === undefined ? [] : [`--${flag.alias}`])];
  for (const name of names) {
    if (takesValue(flag)) {
      command.addOption(
        new Option(`${name} <${flag.value}>`).argParser((value: string, before: string[] | undefined) => [
          ...(before ?? []),
          value,
        ]),
      );
    } else {
      command.addOption(new Option(name));
      command.addOption(new Option(name.replace(/^.*--/, '--no-')));
    }
  }
}

function rawOf(commands: readonly Command[]): (key: string, flag: FlagSpec) => RawValue {
  const attribute = (name: string): string =>
    name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (key, flag) => {
    for (const command of commands) {
      const options = command.opts<Record<string, RawValue>>();
      const value = options[key] ?? (flag.alias === undefined ? undefined : options[attribute(flag.alias)]);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function invocation(command: Command, node: CommandNode, sites: ReadonlyMap<Command, Site>): Parsed {
  const path = sites.get(command)?.path ?? [];
  const own = node.spec.flags;
  const flags = flagValues(own, rawOf([command]));
  const parents =
    command.parent === null
      ? []
      : [command.parent, ...(command.parent.parent === null ? [] : [command.parent.parent])];
  const globals = flagValues(globalFlags, (key, flag) =>
    rawOf(key in own ? parents : [command, ...parents])(key, flag),
  ) as unknown as GlobalValues;
  checkArguments(node, command.args, path);
  return { kind: 'run', path, node, globals, input: { args: command.args, flags: flags as Input['flags'] } };
}

function checkArguments(node: CommandNode, given: readonly string[], path: readonly string[]): void {
  const wanted = node.spec.arguments ?? [];
  const help = ['hozon', ...path, '--help'].join(' ');
  const missing = wanted.find((argument, at) => argument.required === true && given[at] === undefined);
  if (missing !== undefined) throw cliErrors.raise['missing-argument']({ argument: missing.name, help });
  const excess = given[wanted.length];
  if (excess !== undefined && wanted.at(-1)?.variadic !== true) {
    throw cliErrors.raise['excess-argument']({ argument: excess, help });
  }
}

/** Commander names what it stumbled over in quotes; that is all that is taken from its English texts. */
function usageError(thrown: CommanderError, argv: readonly string[], tree: readonly TreeNode[]): Error {
  const word = /'([^']*)'/.exec(thrown.message)?.[1] ?? '';
  const { path, node } = reached(argv, tree);
  const help = ['hozon', ...path, '--help'].join(' ');
  switch (thrown.code) {
    case 'commander.unknownOption': {
      const flag = word.replace(/=.*$/s, '');
      return cliErrors.raise['unknown-flag']({ flag, similar: similarTo(flag, flagNames(node)), help });
    }
    case 'commander.unknownCommand': {
      const among = node !== undefined && isNoun(node) ? node.commands : tree;
      const names = among.flatMap(each => nodeNames(each));
      return cliErrors.raise['unknown-command']({ name: word, similar: similarTo(word, names), help });
    }
    case 'commander.optionMissingArgument': {
      const [, flag = word, value = ''] = /(--\S+) <(.*)>/.exec(word) ?? [];
      return cliErrors.raise['missing-value']({ flag, value, help });
    }
    default:
      return thrown;
  }
}

/** How far the words lead into the tree. */
function reached(argv: readonly string[], tree: readonly TreeNode[]): Pick<Site, 'path' | 'node'> {
  const path: string[] = [];
  let node: TreeNode | undefined;
  let level: readonly TreeNode[] = tree;
  for (const word of rewrite(argv, tree)) {
    const next = level.find(each => nodeNames(each).includes(word));
    if (next === undefined) continue;
    node = next;
    path.push(nodeNames(next)[0] ?? word);
    level = isNoun(next) ? next.commands : [];
  }
  return { path, node };
}

function flagNames(node: TreeNode | undefined): string[] {
  const own = node === undefined || isNoun(node) ? {} : node.spec.flags;
  return Object.keys({ ...own, ...globalFlags }).map(key => `--${longName(key)}`);
}
