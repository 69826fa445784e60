import type { TreeNode } from '../spec.ts';
import { type CompletedFlag, commands, levels, programFlags, type Values, valueFlagNames } from './words.ts';

/** The completion script of bash 4 and newer. Needs nothing but bash itself. */
export function bashCompletion(tree: readonly TreeNode[]): string {
  return `# bash completion of hozon; put  source <(hozon completion bash)  into ~/.bashrc

_hozon_names() {
  hozon __complete "$1" -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null
}

_hozon() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" flag="\${COMP_WORDS[COMP_CWORD-1]}" at='' words='' kind='' list='' word skip='' i
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $flag == '=' ]]; then flag="\${COMP_WORDS[COMP_CWORD-2]}"; fi
${findCommand(tree)}
  COMPREPLY=()
  if [[ $flag == -* ]]; then
${offerValues(tree)}
  else
    flag=''
  fi
${offerWords(tree)}
${reply}}

complete -F _hozon hozon
`;
}

/** Walks the words before the cursor; afterwards `at` is the command that they lead to. */
function findCommand(tree: readonly TreeNode[]): string {
  return `  for (( i = 1; i < COMP_CWORD; i++ )); do
    word="\${COMP_WORDS[i]}"
    if [[ $word == '=' ]]; then skip=1; continue; fi
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "$word" in
      ${valueFlagNames(tree).join('|')}) skip=1 ;;
      -*) ;;
      *) case "$at" in
        ${alternatives(levels(tree).flatMap(level => level.paths))}) at="\${at:+$at }$word" ;;
      esac ;;
    esac
  done`;
}

function offerValues(tree: readonly TreeNode[]): string {
  const valued = (flags: readonly CompletedFlag[], paths: readonly string[]): string[] =>
    flags.filter(flag => flag.takesValue).map(flag => flagCase(paths, flag));
  return [
    '    case "$at:$flag" in',
    ...commands(tree).flatMap(command => valued(command.flags, command.paths)),
    ...valued(programFlags(), ['*']),
    "      *) flag='' ;;",
    '    esac',
  ].join('\n');
}

function offerWords(tree: readonly TreeNode[]): string {
  const names = (flags: readonly CompletedFlag[]): string =>
    quote(['--help', ...flags.map(flag => flag.names[0])].join(' '));
  return [
    '  if [[ -z $flag && $cur == -* ]]; then',
    '    case "$at" in',
    ...commands(tree).map(each => `      ${alternatives(each.paths)}) words=${names(each.flags)} ;;`),
    `      *) words=${names(programFlags())} ;;`,
    '    esac',
    '  elif [[ -z $flag ]]; then',
    '    case "$at" in',
    ...levels(tree).map(
      level =>
        `      ${alternatives(level.paths)}) words=${quote(level.words.map(word => word.name).join(' '))} ;;`,
    ),
    ...commands(tree)
      .filter(command => command.argument !== undefined)
      .map(command => `      ${alternatives(command.paths)}) ${assignment(command.argument)} ;;`),
    '    esac',
    '  fi',
  ].join('\n');
}

const reply = `  if [[ $kind == files ]]; then compopt -o default; return; fi
  if [[ -n $kind ]]; then words="$(_hozon_names "$kind")"; fi
  if [[ -n $list ]]; then
    local before="\${cur%"\${cur##*,}"}"
    compopt -o nospace
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "\${cur##*,}")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
`;

function flagCase(paths: readonly string[], flag: CompletedFlag): string {
  return `      ${flagPatterns(paths, flag)}) ${assignment(flag.values)}${flag.list ? ' list=1' : ''} ;;`;
}

function assignment(values: Values): string {
  if (values === undefined) return "words=''";
  return 'words' in values ? `words=${quote(values.words.join(' '))}` : `kind=${values.kind}`;
}

/** `case` patterns for `COMMAND:FLAG`, in every spelling; the path `*` stands for any command. */
export function flagPatterns(paths: readonly string[], flag: CompletedFlag): string {
  return paths
    .flatMap(path => flag.names.map(name => (path === '*' ? `*:${name}` : quote(`${path}:${name}`))))
    .join('|');
}

/** `case` patterns, each quoted. */
export function alternatives(paths: readonly string[]): string {
  return paths.map(quote).join('|');
}

/** As one word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
