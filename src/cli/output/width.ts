import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';
import { isPlainAscii } from './style.ts';

let segmenter: Intl.Segmenter | undefined;

/**
 * How many columns of a terminal a text takes: East Asian wide characters and emoji two, combining marks and
 * escape sequences none, ambiguous ones one. The package string-width agrees (see the test), but its regular
 * expressions over all emoji cost every start-up about 40 ms.
 */
export function displayWidth(text: string): number {
  if (isPlainAscii(text)) return text.length;
  segmenter ??= new Intl.Segmenter();
  let width = 0;
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) width += clusterWidth(segment);
  return width;
}

/** A grapheme is as wide as its base character; a trailing variation selector 16 makes it an emoji. */
function clusterWidth(cluster: string): number {
  const base = /[^\p{Control}\p{Mark}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/u.exec(cluster)?.[0];
  if (base === undefined) return 0;
  if (cluster.includes('\ufe0f') || /^\p{Regional_Indicator}{2}$/u.test(cluster)) return 2;
  return eastAsianWidth(base.codePointAt(0) ?? 0) + trailingHalfwidth(cluster, base);
}

/** Half-width katakana carry their voicing marks as letters of their own, which take a column each. */
function trailingHalfwidth(cluster: string, base: string): number {
  const rest = cluster.slice(cluster.indexOf(base) + base.length);
  return rest.match(/[\uff00-\uffef]/g)?.length ?? 0;
}
