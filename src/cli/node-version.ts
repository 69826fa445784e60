/** The oldest Node that Hozon runs on; the same as `engines` in package.json. */
const oldest = [24, 12] as const;

/**
 * Tells a person whose Node is too old which one is needed, and sets exit code 1. Returns whether it is. This
 * file uses only what any Node with ES modules has.
 */
export function refuseOldNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return false;
  const { HOZON_LANG, LC_ALL, LC_MESSAGES, LANG } = process.env;
  const japanese = /^ja/i.test(HOZON_LANG || LC_ALL || LC_MESSAGES || LANG || '');
  const needed = oldest.join('.');
  process.stderr.write(
    japanese
      ? `エラー: Hozon には Node.js ${needed} 以降が必要です (現在: ${version})。\n対処方法: https://nodejs.org/ から新しい Node.js をインストールしてください。\n`
      : `Error: Hozon needs Node.js ${needed} or newer; this is ${version}.\nWhat to do: install a newer Node.js from https://nodejs.org/.\n`,
  );
  process.exitCode = 1;
  return true;
}
