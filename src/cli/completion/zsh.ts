import type { Language } from '#foundation/language.ts';
import type { TreeNode } from '../spec.ts';
import { alternatives, flagPatterns, quote } from './bash.ts';
import { type CompletedFlag, commands, levels, programFlags, type Values, valueFlagNames } from './words.ts';

/** The completion script of zsh, with descriptions in the given language. */
export function zshCompletion(tree: readonly TreeNode[], language: Language): string {
  return `#compdef hozon
# zsh completion of hozon; write it to a file _hozon in a directory of fpath

_hozon_names() {
  local -a names
  names=("\${(@f)$(hozon __complete "$1" -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  names=(\${names:#})
  if [[ $2 == list ]]; then compset -P '*,'; compadd -q -S ',' -a names; else compadd -a names; fi
}

_hozon_value() {
  case "$1" in
${valueCases(tree)}
    *) return 1 ;;
  esac
  return 0
}

_hozon() {
  local at='' word skip='' i
  local -a offered
${findCommand(tree)}
  if [[ "\${words[CURRENT]}" == --*=* ]]; then
    local flag="\${words[CURRENT]%%=*}"
    compset -P '*='
    _hozon_value "$at:$flag"
    return
  fi
  if [[ -n $skip ]]; then _hozon_value "$at:\${words[CURRENT-1]}"; return; fi
  if [[ "\${words[CURRENT]}" == -* ]]; then
    case "$at" in
${flagCases(tree, language)}
    esac
    _describe -o flag offered
    return
  fi
  case "$at" in
${wordCases(tree, language)}
  esac
}

if [[ "\${funcstack[1]}" == _hozon ]]; then _hozon "$@"; else compdef _hozon hozon; fi
`;
}

/** Walks the words before the cursor; afterwards `at` is the command that they lead to. */
function findCommand(tree: readonly TreeNode[]): string {
  return `  for (( i = 2; i < CURRENT; i++ )); do
    word="\${words[i]}"
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

function valueCases(tree: readonly TreeNode[]): string {
  const valued = (flags: readonly CompletedFlag[], paths: readonly string[]): string[] =>
    flags
      .filter(flag => flag.takesValue)
      .map(flag => `    ${flagPatterns(paths, flag)}) ${action(flag.values, flag.list)} ;;`);
  return [
    ...commands(tree).flatMap(command => valued(command.flags, command.paths)),
    ...valued(programFlags(), ['*']),
  ].join('\n');
}

function flagCases(tree: readonly TreeNode[], language: Language): string {
  const described = (flags: readonly CompletedFlag[]): string =>
    flags.map(flag => pair(flag.names[0] ?? '', flag.summary(language))).join(' ');
  return [
    ...commands(tree).map(each => `      ${alternatives(each.paths)}) offered=(${described(each.flags)}) ;;`),
    `      *) offered=(${described(programFlags())}) ;;`,
  ].join('\n');
}

function wordCases(tree: readonly TreeNode[], language: Language): string {
  const offered = (level: ReturnType<typeof levels>[number]): string =>
    level.words.map(word => pair(word.name, word.summary(language))).join(' ');
  return [
    ...levels(tree).map(
      level => `    ${alternatives(level.paths)}) offered=(${offered(level)}); _describe command offered ;;`,
    ),
    ...commands(tree)
      .filter(command => command.argument !== undefined)
      .map(command => `    ${alternatives(command.paths)}) ${action(command.argument, false)} ;;`),
  ].join('\n');
}

function action(values: Values, list: boolean): string {
  if (values === undefined) return "_message 'value'";
  if ('words' in values) return `compadd -- ${values.words.map(quote).join(' ')}`;
  return values.kind === 'files' ? '_files' : `_hozon_names ${values.kind}${list ? ' list' : ''}`;
}

function pair(name: string, summary: string): string {
  return quote(`${name.replaceAll(':', '\\:')}:${summary}`);
}
