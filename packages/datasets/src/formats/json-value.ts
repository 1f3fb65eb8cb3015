const stringOrOther = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b\d{16,}(?![\d.eE])|-?\b(?:NaN|Infinity)\b/gs;
const mayHold = /\d{16}|NaN|Infinity/;

/**
 * A JSON value. Integers past 2^53 come as strings, not as other integers; `NaN` and `Infinity`, which Python writes
 * though JSON has none, as null and as words.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(mayHold.test(text) ? text.replace(stringOrOther, inJson) : text);
}

function inJson(found: string): string {
  if (found.startsWith('"')) return found;
  if (found.endsWith('NaN')) return 'null';
  if (found.endsWith('Infinity')) return `"${found}"`;
  return Number.isSafeInteger(Number(found)) ? found : `"${found}"`;
}
