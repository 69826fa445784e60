import { globalFlags } from './global-flags.ts';
import { type CommandNode, type FlagSpec, isNoun, longName, type TreeNode } from './spec.ts';

/**
 * Brings the spellings that Velero's and kubectl's users have in their fingers to the one that the parser knows:
 * `create backup x` → `backup create x`, `help backup` → `backup --help`, `--wait=false` → `--no-wait`,
 * `-o=json` → `-o json`, `--version` → `version`. Words after `--` are left alone.
 */
export function rewrite(argv: readonly string[], tree: readonly TreeNode[]): string[] {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const rest = end < 0 ? [] : argv.slice(end);
  const switches = switchNames(tree);
  return order(words, tree)
    .flatMap(word => spell(word, switches))
    .concat(rest);
}

function order(words: readonly string[], tree: readonly TreeNode[]): readonly string[] {
  const [first = '', second = '', ...more] = words;
  if (first === '--version' || first === '-V') return ['version', ...words.slice(1)];
  if (first === 'help') return [...words.slice(1), '--help'];
  if (tree.some(node => nodeNames(node).includes(first))) return words;
  const noun = tree.find(node => isNoun(node) && nodeNames(node).includes(second));
  const hasVerb =
    noun !== undefined && isNoun(noun) && noun.commands.some(command => nodeNames(command).includes(first));
  return hasVerb ? [second, first, ...more] : words;
}

function spell(word: string, switches: ReadonlySet<string>): string[] {
  const long = /^--([a-z][a-z-]*)=(true|false|t|f|1|0)$/i.exec(word);
  if (long !== null && switches.has(long[1] ?? '')) {
    return [/^[t1]/i.test(long[2] ?? '') ? `--${long[1]}` : `--no-${long[1]}`];
  }
  const short = /^-([a-zA-Z])=(.*)$/s.exec(word);
  return short === null ? [word] : [`-${short[1]}`, short[2] ?? ''];
}

/** The long names of every switch in the tree. */
export function switchNames(tree: readonly TreeNode[]): Set<string> {
  const flags = commandsOf(tree).flatMap(command => Object.entries(command.spec.flags));
  const all: [string, FlagSpec][] = [...flags, ...Object.entries(globalFlags)];
  return new Set(
    all.flatMap(([key, flag]) =>
      flag.kind === 'switch' ? [longName(key), ...(flag.alias === undefined ? [] : [flag.alias])] : [],
    ),
  );
}

/** Every command of the tree, whatever nouns it is below. */
export function commandsOf(tree: readonly TreeNode[]): CommandNode[] {
  return tree.flatMap(node => (isNoun(node) ? commandsOf(node.commands) : [node]));
}

/** The name of a noun or command and its aliases. */
export function nodeNames(node: TreeNode): string[] {
  const named = isNoun(node) ? node : node.spec;
  return [named.name, ...(named.aliases ?? [])];
}
