import type { FileSection } from '../../pipeline/intake.ts';
import type { FileToStore } from './kopia-writer.ts';

/** What kopia cuts large files into unless a policy says otherwise. Bytes. */
const usualSection = 2 * 1024 ** 3;

/**
 * The sections that kopia cuts a file into before it looks for contents in each; one where it does not. The last one goes on to wherever
 * the file ends, and can be empty.
 */
export function sectionsOf({ size, sectionSize = usualSection }: FileToStore): readonly FileSection[] {
  if (sectionSize < 0 || size <= sectionSize) return [{ from: 0, to: Number.POSITIVE_INFINITY }];
  const whole = Math.floor(size / sectionSize);
  return Array.from({ length: whole + 1 }, (_, section) => ({
    from: section * sectionSize,
    to: section === whole ? Number.POSITIVE_INFINITY : (section + 1) * sectionSize,
  }));
}
