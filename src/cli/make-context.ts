import type { Context, Frame } from './context.ts';
import type { GlobalValues } from './global-flags.ts';
import type { OpenedLocation } from './locations/location.ts';
import type { ProgressPrinter } from './progress/printer.ts';

/** What a handler is given; whatever it does not ask for is not even loaded. */
export function makeContext(
  globals: GlobalValues,
  frame: Frame,
  printer: ProgressPrinter,
  cleanup: AsyncDisposableStack,
): Context {
  const { language, tree, env, stdin, clock, signal } = frame;
  const defer = (close: () => Promise<void>): void => cleanup.defer(close);
  const note: Context['note'] = text => {
    if (globals.quiet !== true) printer.print(`${text[language]()}\n`);
  };
  const config = once(async () => (await import('./config/read.ts')).readConfig(env));
  const veleroNamespace = once(async () => globals.namespace ?? (await config()).namespace ?? 'velero');
  const cluster = once(async () => {
    const { connectCluster } = await import('./locations/cluster.ts');
    return connectCluster(globals, env, defer);
  });
  const open = async (wanted: string | undefined): Promise<OpenedLocation> => {
    const { resolveLocation } = await import('./locations/resolve.ts');
    const search = { wanted, config: await config(), env, signal, cluster, veleroNamespace, onFinding: note };
    const opened = await resolveLocation(search);
    defer(() => opened.store.close());
    return opened;
  };
  const byDefault = once(() => open(globals.location));
  return {
    language,
    tree,
    globals,
    env,
    stdin,
    clock,
    signal,
    config,
    veleroNamespace,
    cluster,
    defer,
    progress: printer.report,
    progressIsFollowed: isFollowed(globals, frame),
    note,
    confirm: async (question, flag) => {
      const { askToConfirm } = await import('./confirm.ts');
      await askToConfirm(question, flag, { language, stdin, err: frame.err, signal });
    },
    askHidden: async question => {
      const { askHidden } = await import('./repository/hidden-prompt.ts');
      return askHidden(question, { language, stdin, err: frame.err, signal });
    },
    location: wanted => (wanted === undefined ? byDefault() : open(wanted)),
  };
}

function isFollowed({ quiet, progress = 'auto' }: GlobalValues, { err }: Frame): boolean {
  if (quiet === true || progress === 'none') return false;
  return progress !== 'auto' || err.isTTY === true;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
