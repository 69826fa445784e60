/** Bytes that are asked for at once, at most. */
export const roomSize = 65_536;

/**
 * Gives memory for so many bytes that come next, at most {@link roomSize}, for who makes a long text piece by piece. They are to be written
 * before more is asked for: what was given before may be used for something else then.
 */
export type NextRoom = (length: number) => Uint8Array;

/** Room for a text in memory, one piece behind the other. */
export function roomIn(target: Uint8Array): NextRoom {
  let at = 0;
  return length => {
    at += length;
    return target.subarray(at - length, at);
  };
}

/** Copies a text that was made at once. */
export function copyTo(text: Uint8Array, next: NextRoom): void {
  for (let at = 0; at < text.length; at += roomSize) {
    const piece = text.subarray(at, at + roomSize);
    next(piece.length).set(piece);
  }
}
