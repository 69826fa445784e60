/**
 * The variables of a file that systemd's `EnvironmentFile` or a shell reads: `NAME=value`, `NAME="value"`,
 * `export NAME='value'`. Lines that are none are skipped, and nothing in them is expanded.
 */
export function environmentOf(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) variables.set(name, plain(value.trim()));
  }
  return variables;
}

function plain(value: string): string {
  const [, quote, inside = ''] = /^(["'])(.*)\1$/.exec(value) ?? [];
  if (quote === undefined) return value;
  return quote === '"' ? inside.replaceAll(/\\(["\\$`])/g, '$1') : inside;
}
