/** A list as a server sent it, its items still text. */
export interface ListText {
  /** The JSON of each item. */
  readonly items: readonly Buffer[];
  /** The list as a value, without what is in `items`. */
  readonly frame: unknown;
}

/**
 * Finds the items of a list in its JSON without making values of them: a page of objects is then held as the bytes
 * that came, a fifth of what values take, and each object is made when it is its turn. Throws a SyntaxError where the
 * list is no JSON object or has no array of items; one item that is not JSON is found out by whoever parses it.
 */
export function splitList(json: Buffer): ListText {
  const array = arrayOfItems(json);
  if (array === undefined) throw new SyntaxError('there is no list of items');
  const items: Buffer[] = [];
  let end = array;
  do {
    const start = end + 1;
    end = endOfValue(json, start);
    items.push(json.subarray(start, end));
  } while (json[end] === comma);
  const [first] = items;
  const isEmpty = items.length === 1 && first !== undefined && skipSpace(first, 0) === first.length;
  const frame: unknown = JSON.parse(json.toString('utf8', 0, array + 1) + json.toString('utf8', end));
  return { items: isEmpty ? [] : items, frame };
}

const [quote, backslash, comma, open, close, openObject, closeObject] = Buffer.from('"\\,[]{}');
const itemsKey = Buffer.from('"items"');

/** Where the array of the outermost object's field `items` begins. */
function arrayOfItems(json: Buffer): number | undefined {
  for (let at = skipSpace(json, 0); at < json.length; ) {
    const key = skipSpace(json, at + 1); // behind the brace that opens the object, or a comma
    if (json[key] !== quote) return undefined;
    const endOfKey = endOfString(json, key);
    const value = skipSpace(json, skipSpace(json, endOfKey + 1) + 1); // behind the colon
    if (json.subarray(key, endOfKey + 1).equals(itemsKey)) return json[value] === open ? value : undefined;
    at = endOfValue(json, value);
  }
  return undefined;
}

/** Where the comma or bracket is that ends the value which begins here; the end of the text where there is none. */
function endOfValue(json: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) {
      at = endOfString(json, at);
    } else if (byte === open || byte === openObject) {
      depth++;
    } else if (byte === close || byte === closeObject || byte === comma) {
      if (depth === 0) return at;
      if (byte !== comma) depth--;
    }
  }
  return json.length;
}

/** Where the quote is that ends the string which the quote here begins. */
function endOfString(json: Buffer, from: number): number {
  for (let at = from + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) return at;
    if (byte === backslash) at++;
  }
  return json.length;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && isSpace(json[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
