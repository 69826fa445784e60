/** How a content is stored, besides what the repository says: it crosses to the workers as text. */
export interface How {
  /** A letter from g to z, or ''. */
  readonly prefix: string;
  /** A compressor by kopia's name; '' for none. */
  readonly compression: string;
  /** A splitter by kopia's name; '' for the repository's own. */
  readonly splitter: string;
}

export function writeHow({
  prefix,
  compression,
  splitter,
}: { readonly [part in keyof How]?: string | undefined }): string {
  return `${prefix ?? ''}|${compression ?? ''}|${splitter ?? ''}`;
}

export function readHow(text: string): How {
  const [prefix = '', compression = '', splitter = ''] = text.split('|');
  return { prefix, compression, splitter };
}
