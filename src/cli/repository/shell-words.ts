/**
 * Splits a command line as restic splits `--password-command`: at white space and backslashes outside quotes; text in
 * single or double quotes is a word of its own; a backslash keeps the quote behind it from ending or beginning one.
 * No shell sees it, so nothing in it is expanded. `undefined` where a quote is not closed or there is no word.
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let [word, quote, before] = ['', '', ''];
  for (const letter of line) {
    const splits = splitsAt(letter, quote, before);
    if (splits !== 'quote') before = letter;
    else quote = quote === '' ? letter : '';
    if (splits === 'no') word += letter;
    else if (word !== '') [word] = ['', words.push(word)];
  }
  if (word !== '') words.push(word);
  return quote === '' && words.length > 0 ? words : undefined;
}

function splitsAt(letter: string, quote: string, before: string): 'quote' | 'yes' | 'no' {
  if (before !== '\\') {
    if (quote !== '' && letter === quote) return 'quote';
    if (quote === '' && (letter === '"' || letter === "'")) return 'quote';
  }
  if (quote !== '') return 'no';
  return letter === '\\' || /\s/.test(letter) ? 'yes' : 'no';
}
