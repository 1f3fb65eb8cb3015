let letters: readonly string[] | undefined;

/**
 * A visible letter for each byte: itself where it is one, else the next from U+0100 on.
 *
 * @see Radford et al. 2019, GPT-2's encoder
 */
export function byteLetters(): readonly string[] {
  if (letters) return letters;
  let next = 0x100;
  letters = Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(visible ? byte : next++);
  });
  return letters;
}

/** A text with a letter for each byte of its UTF-8. */
export function bytesAsLetters(text: string): string {
  if (/^[!-~]*$/.test(text)) return text;
  const all = byteLetters();
  let result = '';
  for (const byte of new TextEncoder().encode(text)) result += all[byte];
  return result;
}

/** Bytes that letters stand for; those of the piece's own UTF-8 where one of its letters stands for none. */
export function bytesOfLetters(piece: string): Uint8Array {
  const bytes: number[] = [];
  for (const letter of piece) {
    const byte = byteOf().get(letter);
    if (byte === undefined) return new TextEncoder().encode(piece);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

let byByte: ReadonlyMap<string, number> | undefined;

function byteOf(): ReadonlyMap<string, number> {
  byByte ??= new Map(byteLetters().map((letter, byte) => [letter, byte]));
  return byByte;
}
