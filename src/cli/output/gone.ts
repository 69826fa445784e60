import type { OutputStream } from '../context.ts';

/**
 * Whether a write failed because the terminal went away. What is under way goes on without a reader, as a shell's `disown` asks for;
 * SIGHUP alone stops it, which everything in the foreground is sent.
 */
export function isTerminalGone({ isTTY }: OutputStream, thrown: unknown): boolean {
  return isTTY === true && thrown instanceof Error && 'code' in thrown && thrown.code === 'EIO';
}
