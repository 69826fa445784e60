import type { Message } from '#foundation/language.ts';
import { type CommandNode, type CommandSpec, type Handler, on, type RepositoryKind } from '../../spec.ts';

/** Where the code of a command is for repositories of one format: a module that exports `run`. */
export type LoadHandler<S extends CommandSpec> = () => Promise<{ readonly run: Handler<S> }>;

/** The code of a command for each format, or why a format has nothing that the command could work on. */
export type Handlers<S extends CommandSpec> = Readonly<Record<RepositoryKind, LoadHandler<S> | Message>>;

/**
 * Puts a command on repositories into the tree. Which of its handlers runs is decided by what the location holds; the other is not
 * even loaded. Flags of the other format are refused.
 */
export function onEither<S extends CommandSpec>(definition: S, handlers: Handlers<S>): CommandNode {
  return on(definition, async () => {
    const { runFor } = await import('./dispatch.ts');
    return { run: runFor(definition, handlers) };
  });
}
