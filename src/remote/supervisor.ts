import type { Argument } from './host.ts';

/**
 * How a command is run on a machine: by a small POSIX shell program that watches over it.
 *
 * What starts on the machine is the same few words for every command ({@link bootstrap}), so that no login shell can
 * misread an argument, and none is visible in lists of processes of this machine. The program itself follows on stdin, then the
 * command's stdin in pieces, each behind a line with its length, `0` at its end. stdin then stays open: its end
 * before the command's own end, because the caller gave up, died, or the connection broke, ends the command.
 *
 * A line with a random mark shows where the command's output begins, on stdout and on stderr (in front of it is
 * what SSH and the login shell say), and another where it ends, on stderr with how it ended: each stream proves by itself that
 * nothing of it is missing, whatever becomes of the connection behind.
 */
export const bootstrap =
  'exec /bin/sh -c \'LC_ALL=C; export LC_ALL; cd / && read -r n && eval "$(dd bs="$n" count=1 iflag=fullblock 2>/dev/null)"\'';

/** {@link bootstrap} as root, for a user who may become root without a password. */
export const bootstrapAsRoot = bootstrap.replace('exec /bin/sh', 'exec sudo -n -- /bin/sh');

/** Seconds between the request to end and the end. */
const graceSeconds = 3;

/** Pieces of stdin are at most so long: one of them is in the remote machine's memory. */
const pieceBytes = 2 ** 20;

/**
 * The program that runs `command`, with its length in front: what is written to stdin first. The braces make a
 * program of which a part is missing a syntax error, so that nothing of it is done.
 */
export function supervision(command: readonly Argument[], mark: string): Buffer {
  const program = Buffer.concat([
    Buffer.from('{\nset -- '),
    ...command.flatMap(word => [quoted(word), Buffer.from(' ')]),
    Buffer.from(`\nmark=${mark}\n${watch}}\n`),
  ]);
  return Buffer.concat([Buffer.from(`${program.length}\n`), program]);
}

/** A piece of the command's stdin as it is sent; nothing for an empty one, which would be its end. */
export function* framed(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    const piece = bytes.subarray(from, from + pieceBytes);
    yield Buffer.from(`${piece.length}\n`);
    yield piece;
  }
}

/** The end of the command's stdin. */
export const endOfInput = Buffer.from('0\n');

/** A word for a POSIX shell, of any bytes but NUL. */
export function quoted(word: Argument): Buffer {
  const bytes = Buffer.from(typeof word === 'string' ? Buffer.from(word) : word);
  if (bytes.includes(0)) throw new Error('an argument of a command cannot hold a NUL byte');
  const parts: Buffer[] = [Buffer.from("'")];
  for (let from = 0; ; ) {
    const quote = bytes.indexOf(0x27, from);
    if (quote === -1) return Buffer.concat([...parts, bytes.subarray(from), Buffer.from("'")]);
    parts.push(bytes.subarray(from, quote), Buffer.from("'\\''"));
    from = quote + 1;
  }
}

/**
 * `feed` hands stdin on and then waits for its end. Where that comes too early it holds the command's stdin open until the
 * command is ended, so that no command takes half of its input for the whole. It says so to `lead` by signals to
 * their group of processes, again and again, as a shell that is just starting may lose one. The command is not in that group: it
 * leads a session of its own (`setsid`), and whatever it started there ends with it. `lead` tells how it ended and
 * takes `feed` away, so that the signals of `feed` never meet processes of a later time; for that it waits until `feed`
 * is ready to be taken away.
 */
const watch = `
feed() {
  trap - HUP
  echo ready
  while IFS= read -r n; do
    [ "$n" -gt 0 ] 2>/dev/null || break
    dd bs="$n" count=1 iflag=fullblock 2>/dev/null || { n=0; break; }
  done
  if [ "$n" = 0 ]; then
    exec >&-
    cat >/dev/null
  fi
  n=0
  while [ "$n" -lt 60 ]; do
    kill -TERM 0
    sleep 1
    n=$((n + 1))
  done
}
end() {
  stopped=1
  [ -n "$pid" ] || return
  kill -TERM "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null
  [ -z "$hard" ] || return
  (trap "" TERM; sleep ${graceSeconds}; kill -KILL "-$pid") </dev/null >/dev/null 2>&1 &
  hard=$!
}
lead() {
  pid= stopped= hard= leader= code=143
  trap end TERM
  trap : HUP PIPE
  read -r _
  exec 4<&0 </dev/null
  command -v setsid >/dev/null && leader=setsid
  printf "%s\\n" "$mark"
  IFS=" " read -r _ _ _ _ group _ </proc/self/stat
  printf "\\n%s begin %s\\n" "$mark" "$group" >&2
  if [ -z "$stopped" ]; then
    $leader "$@" <&4 4<&- &
    pid=$!
    exec 4<&-
    [ -z "$stopped" ] || end
    wait "$pid"
    code=$?
  fi
  if [ -n "$stopped" ]; then
    [ -z "$pid" ] || while kill -0 "$pid"; do wait "$pid"; done 2>/dev/null
    trap "" TERM
    [ -z "$pid" ] || kill -KILL "-$pid" 2>/dev/null
    [ -z "$hard" ] || kill -KILL "$hard" 2>/dev/null
    code=143
  fi
  printf "\\n%s\\n" "$mark" 2>/dev/null
  printf "\\n%s end %s\\n" "$mark" "$code" >&2
  kill -HUP 0
}
trap "" TERM HUP
feed 2>/dev/null | lead "$@"
exit 0
`;
