import type { TextEncoding } from '../formats/decode-text.js';

/** Encodings that are read as UTF-8 by way of {@link asUtf8}. */
export type TableEncoding = TextEncoding | 'utf-16le' | 'utf-16be' | 'windows-1252';

// windows-1252 between 80 and 9f; TextDecoder of Node 20 reads these as ISO-8859-1
const windows1252 =
  '\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178';

/** The bytes of a text in UTF-8, whatever it is in. */
export async function* asUtf8(
  bytes: AsyncIterable<Uint8Array>,
  encoding: TableEncoding,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (encoding === 'utf-8') return yield* bytes;
  const encoder = new TextEncoder();
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const decoder = new TextDecoder('utf-16le');
    let rest = new Uint8Array(0);
    for await (const piece of bytes) {
      const whole = new Uint8Array(rest.length + piece.length);
      whole.set(rest);
      whole.set(piece, rest.length);
      const even = whole.length - (whole.length % 2);
      rest = whole.slice(even);
      const units = whole.subarray(0, even);
      if (encoding === 'utf-16be') swapPairs(units);
      yield encoder.encode(decoder.decode(units, { stream: true }));
    }
    return;
  }
  for await (const piece of bytes) {
    let text = '';
    for (const byte of piece)
      text +=
        encoding === 'windows-1252' && byte >= 0x80 && byte < 0xa0
          ? (windows1252[byte - 0x80] as string)
          : String.fromCharCode(byte);
    yield encoder.encode(text);
  }
}

function swapPairs(bytes: Uint8Array): void {
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const low = bytes[at] as number;
    bytes[at] = bytes[at + 1] as number;
    bytes[at + 1] = low;
  }
}

/** The encoding by a byte-order mark, or by the zeros that UTF-16 has beside every Latin letter. */
export function guessWideEncoding(start: Uint8Array): TableEncoding | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  const length = Math.min(start.length & ~1, 512);
  let [even, odd] = [0, 0];
  for (let at = 0; at < length; at += 2) {
    if (start[at] === 0) even++;
    if (start[at + 1] === 0) odd++;
  }
  const most = length / 2;
  if (length >= 8 && odd > 0.8 * most && even < 0.1 * most) return 'utf-16le';
  return length >= 8 && even > 0.8 * most && odd < 0.1 * most ? 'utf-16be' : undefined;
}
