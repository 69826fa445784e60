import type { Language } from '#foundation/language.ts';
import type { TreeNode } from '../spec.ts';
import { type CompletedFlag, commands, levels, programFlags, type Values, valueFlagNames } from './words.ts';

/** The completion script of fish, with descriptions in the given language. */
export function fishCompletion(tree: readonly TreeNode[], language: Language): string {
  const nouns = levels(tree).flatMap(level => level.paths);
  const lines = [
    ...levels(tree).flatMap(level =>
      level.words.map(
        word => `${complete(level.paths)} -a ${quote(word.name)} -d ${quote(word.summary(language))}`,
      ),
    ),
    ...commands(tree).flatMap(command => [
      ...(command.argument === undefined
        ? []
        : [`${complete(command.paths)} ${offer(command.argument, false)}`]),
      ...command.flags.map(flag => `${complete(command.paths)} ${flagOptions(flag, language)}`),
    ]),
    ...programFlags().map(flag => `${complete(nouns)} ${flagOptions(flag, language)}`),
  ];
  return `# fish completion of hozon; write it to ~/.config/fish/completions/hozon.fish

function __hozon_at
    set -l at
    set -l skip
    for word in (commandline -opc)[2..]
        if test -n "$skip"
            set skip
            continue
        end
        switch $word
            case ${valueFlagNames(tree).map(quote).join(' ')}
                set skip 1
            case '-*'
            case '*'
                if contains -- "$at" ${nouns.map(quote).join(' ')}
                    set at (string trim -- "$at $word")
                end
        end
    end
    contains -- "$at" $argv
end

function __hozon_names
    hozon __complete $argv[1] -- (commandline -opc)[2..] 2>/dev/null
end

function __hozon_list
    set -l before (string match -r '.*,' -- (string replace -r '^--[a-z-]+=' '' -- (commandline -ct)))
    for name in (__hozon_names $argv[1])
        echo "$before$name"
    end
end

complete -c hozon -f
${lines.join('\n')}
`;
}

function complete(paths: readonly string[]): string {
  return `complete -c hozon -n ${quote(`__hozon_at ${paths.map(quote).join(' ')}`)}`;
}

function flagOptions(flag: CompletedFlag, language: Language): string {
  const names = flag.names.map(name =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value = flag.takesValue ? ['-r', offer(flag.values, flag.list)] : [];
  return [...names, ...value, '-d', quote(flag.summary(language))].join(' ');
}

/** What to offer: `-f` keeps file names out. */
function offer(values: Values, list: boolean): string {
  if (values === undefined) return '-f';
  if ('words' in values) return `-f -a ${quote(values.words.join(' '))}`;
  const names = `(__hozon_${list ? 'list' : 'names'} ${values.kind})`;
  return values.kind === 'files' ? '-F' : `-f -a ${quote(names)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
