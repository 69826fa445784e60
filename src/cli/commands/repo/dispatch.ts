import type { ObjectStore } from '#storage/object-store.ts';
import { cliErrors } from '../../errors.ts';
import { placeOf } from '../../repository/place.ts';
import {
  type CommandSpec,
  type Flags,
  type FlagValues,
  type Handler,
  longName,
  type RepositoryKind,
} from '../../spec.ts';
import { formatOf } from './detect.ts';
import type { Handlers } from './formats.ts';

/** The handler that hands over to that of the format which the location holds. */
export function runFor<S extends CommandSpec>(spec: S, handlers: Handlers<S>): Handler<S> {
  return async (input, context) => {
    const { store } = await placeOf(input.flags, context);
    const format = await formatOf(store, context);
    const handler = handlers[format];
    if (typeof handler !== 'function') {
      throw cliErrors.raise['not-in-format']({ command: spec.name, format, url: store.url, why: handler });
    }
    refuseOthers(spec.flags, input.flags, { format, store });
    const { run } = await handler();
    return run(input, context);
  };
}

/** @throws `cli.flags-of-other-format` where a flag is given that only another format has */
export function refuseOthers(
  flags: Flags,
  values: FlagValues<Flags>,
  { format, store }: { readonly format: RepositoryKind; readonly store: Pick<ObjectStore, 'url'> },
): void {
  const others = Object.entries(flags)
    .filter(([key, flag]) => values[key] !== undefined && (flag.format ?? format) !== format)
    .map(([key, flag]) => `--${flag.kind === 'switch' && flag.shownNegated ? 'no-' : ''}${longName(key)}`);
  if (others.length > 0) {
    throw cliErrors.raise['flags-of-other-format']({ url: store.url, format, flags: others });
  }
}
