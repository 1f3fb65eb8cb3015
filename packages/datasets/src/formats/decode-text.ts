import { DatasetError } from '../errors.js';

/** `latin1` is ISO-8859-1 proper, byte = code point, in every runtime. */
export type TextEncoding = 'utf-8' | 'latin1';

/**
 * Text of whole characters.
 *
 * @throws DatasetError `encoding` at the first byte that is no UTF-8
 */
export function decodeText(
  bytes: Uint8Array,
  encoding: TextEncoding,
  place: { file: string | undefined; byte: number },
): string {
  if (encoding === 'latin1') return decodeLatin1(bytes);
  try {
    return utf8().decode(bytes);
  } catch (cause) {
    const byte = place.byte + firstBadByte(bytes);
    const message = "readText: the text must be UTF-8. If it is older than UTF-8, pass encoding: 'latin1'.";
    throw new DatasetError('encoding', message, { file: place.file, byte }, { cause });
  }
}

let decoder: TextDecoder | undefined;

function utf8(): TextDecoder {
  decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return decoder;
}

// TextDecoder('latin1') means windows-1252 in browsers and ISO-8859-1 in Node 20: they differ in 80 to 9f.
function decodeLatin1(bytes: Uint8Array): string {
  if (!bytes.some((byte) => byte >= 0x80 && byte < 0xa0)) return new TextDecoder('latin1').decode(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

function firstBadByte(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle;
    }
  }
  // the characters before are whole; the bad one may have begun a byte or two earlier
  for (let back = 1; back <= Math.min(3, low); back++) {
    const byte = bytes[low - back] as number;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? low - back : low;
  }
  return low;
}
