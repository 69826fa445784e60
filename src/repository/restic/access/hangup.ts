let survivors = 0;

/**
 * Lets the process live through SIGHUP until the handle is disposed of: restic sends that signal to the process that a
 * lock of its own host names, to see whether it is alive. (Read in restic's `internal/restic/lock_unix.go`.)
 */
export function surviveHangup(): Disposable {
  if (survivors++ === 0) process.on('SIGHUP', survive);
  return {
    [Symbol.dispose]: () => {
      if (--survivors === 0) process.removeListener('SIGHUP', survive);
    },
  };
}

function survive(): void {}
