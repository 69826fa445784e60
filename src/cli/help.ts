import type { Language } from '#foundation/language.ts';
import { globalFlags } from './global-flags.ts';
import { helpTexts } from './messages.ts';
import { type Paint, plain } from './output/style.ts';
import { displayWidth } from './output/width.ts';
import { wrap } from './output/wrap.ts';
import {
  type ArgumentSpec,
  type CommandSpec,
  type FlagSpec,
  isNoun,
  longName,
  type NounNode,
  type TreeNode,
  takesValue,
} from './spec.ts';

export interface HelpOptions {
  readonly language: Language;
  /** Columns. */
  readonly width: number;
  readonly paint?: Paint;
}

type Entry = readonly [term: string, text: string];

/** The help of the program (`node` absent), of a noun, or of a command. */
export function renderHelp(
  path: readonly string[],
  node: TreeNode | undefined,
  tree: readonly TreeNode[],
  options: HelpOptions,
): string {
  const blocks =
    node === undefined
      ? rootBlocks(tree, options)
      : isNoun(node)
        ? nounBlocks(path, node, options)
        : commandBlocks(path, node.spec, options);
  return `${blocks.join('\n\n')}\n`;
}

function rootBlocks(tree: readonly TreeNode[], options: HelpOptions): string[] {
  const { language } = options;
  return [
    ...prose(helpTexts.product[language](), options),
    usage('hozon COMMAND', options),
    entries(helpTexts.nouns[language](), nodeEntries(tree.filter(isNoun), language), options),
    entries(
      helpTexts.commands[language](),
      nodeEntries(
        tree.filter(node => !isNoun(node)),
        language,
      ),
      options,
    ),
    globalBlock(options, {}),
    ...prose(helpTexts.more[language](), options),
  ].filter(block => block !== '');
}

function nounBlocks(path: readonly string[], noun: NounNode, options: HelpOptions): string[] {
  const { language } = options;
  return [
    ...prose(noun.summary[language](), options),
    usage(`hozon ${path.join(' ')} COMMAND`, options),
    entries(helpTexts.commands[language](), nodeEntries(noun.commands, language), options),
    ...prose(helpTexts.moreOf[language]({ noun: path.join(' ') }), options),
  ];
}

function commandBlocks(path: readonly string[], spec: CommandSpec, options: HelpOptions): string[] {
  const { language } = options;
  const words = [
    'hozon',
    ...path,
    ...(spec.arguments ?? []).map(argumentTerm),
    helpTexts.flagsWord[language](),
  ];
  const named = (spec.arguments ?? []).map(
    (each): Entry => [each.name, withChoices(each.summary[language](), each.choices)],
  );
  return [
    ...prose(spec.summary[language](), options),
    ...prose(spec.details?.[language]() ?? '', options),
    usage(words.join(' '), options),
    entries(helpTexts.arguments[language](), named, options),
    entries(helpTexts.flags[language](), flagEntries(spec.flags, language), options),
    globalBlock(options, spec.flags),
    examples(spec, options),
  ].filter(block => block !== '');
}

function globalBlock(options: HelpOptions, own: CommandSpec['flags']): string {
  const shown = Object.fromEntries(Object.entries<FlagSpec>(globalFlags).filter(([key]) => !(key in own)));
  const help: Entry = ['-h, --help', helpTexts.help[options.language]()];
  return entries(
    helpTexts.globalFlags[options.language](),
    [...flagEntries(shown, options.language), help],
    options,
  );
}

function nodeEntries(nodes: readonly TreeNode[], language: Language): Entry[] {
  return nodes
    .map(node => (isNoun(node) ? node : node.spec))
    .filter(named => !('hidden' in named && named.hidden))
    .map((named): Entry => [named.name, named.summary[language]()]);
}

function flagEntries(flags: CommandSpec['flags'], language: Language): Entry[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([key, flag]): Entry => [flagTerm(key, flag), flagText(flag, language)]);
}

function flagText(flag: FlagSpec, language: Language): string {
  const { summary, format } = flag;
  const text = withChoices(summary[language](), flag.kind === 'choice' ? flag.choices : undefined);
  return `${text}${format === undefined ? '' : ` [${format}]`}`;
}

/** The words that there are to choose from, where a summary does not name them itself. */
function withChoices(text: string, choices: readonly string[] = []): string {
  return choices.every(choice => text.includes(choice)) ? text : `${text}: ${choices.join(', ')}`;
}

/** `-l, --selector SELECTOR`; the short form's room is kept where there is none. */
function flagTerm(key: string, flag: FlagSpec): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const negated = flag.kind === 'switch' && flag.shownNegated === true ? 'no-' : '';
  return `${short}--${negated}${longName(key)}${takesValue(flag) ? ` ${flag.value}` : ''}`;
}

function argumentTerm(argument: ArgumentSpec): string {
  const name = argument.variadic === true ? `${argument.name}...` : argument.name;
  return argument.required === true ? name : `[${name}]`;
}

function usage(words: string, options: HelpOptions): string {
  return `${title(helpTexts.usage[options.language](), options)}\n  ${words}`;
}

function title(text: string, options: HelpOptions): string {
  return (options.paint ?? plain)(`${text}:`, 'strong');
}

function prose(text: string, options: HelpOptions): string[] {
  return text === '' ? [] : [wrap(text, options.width).join('\n')];
}

function examples(spec: CommandSpec, options: HelpOptions): string {
  if (spec.examples === undefined) return '';
  const lines = spec.examples.flatMap(example => [
    ...wrap(example.summary[options.language](), options.width - 4).map(line =>
      (options.paint ?? plain)(`  # ${line}`, 'dim'),
    ),
    `  ${example.command}`,
  ]);
  return [title(helpTexts.examples[options.language](), options), ...lines].join('\n');
}

/** Terms and texts in two columns; where the screen is too narrow for that, the text goes below its term. */
function entries(heading: string, list: readonly Entry[], options: HelpOptions): string {
  if (list.length === 0) return '';
  const longest = Math.max(...list.map(([term]) => displayWidth(term)));
  const column = Math.min(longest, 40) + 4;
  const beside = options.width - column >= 40;
  const lines = list.flatMap(([term, text]) => {
    const indent = beside ? column : 8;
    const wrapped = wrap(text, Math.max(16, options.width - indent));
    const first = `  ${term}`;
    if (!beside || displayWidth(first) > column - 2) {
      return [first, ...wrapped.map(line => ' '.repeat(indent) + line)];
    }
    return wrapped.map((line, at) =>
      at === 0 ? first + ' '.repeat(column - displayWidth(first)) + line : ' '.repeat(column) + line,
    );
  });
  return [title(heading, options), ...lines].join('\n');
}
