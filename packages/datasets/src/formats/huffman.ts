/** Looks codes up by the next bits of the input. */
export interface Decoder {
  /** By the next bits: symbol × 16 + code length; 0 where no code begins so. */
  readonly table: Uint16Array;
  readonly mask: number;
}

export interface Decoders {
  readonly literals: Decoder;
  readonly distances: Decoder;
}

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * The table of a canonical Huffman code given by its code lengths.
 *
 * @throws Error if more codes are claimed than bits allow
 * @see RFC 1951 §3.2.2
 */
function buildDecoder(lengths: Uint8Array): Decoder {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  counts[0] = 0;
  let longest = 1;
  let left = 1;
  const next = new Uint16Array(17);
  for (let length = 1, code = 0; length <= 15; length++) {
    left = left * 2 - (counts[length] as number);
    if (left < 0) throw new Error('a table holds more codes than fit');
    if ((counts[length] as number) > 0) longest = length;
    code = (code + (counts[length - 1] as number)) << 1;
    next[length] = code;
  }
  const table = new Uint16Array(1 << longest);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const code = next[length] as number;
    next[length] = code + 1;
    const step = 1 << length;
    for (let at = reverse(code, length); at < table.length; at += step) table[at] = (symbol << 4) | length;
  });
  return { table, mask: table.length - 1 };
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}

let fixed: Decoders | undefined;

/** The codes of blocks that bring none. RFC 1951 §3.2.6 */
export function fixedDecoders(): Decoders {
  if (fixed !== undefined) return fixed;
  const lengths = Uint8Array.from({ length: 288 }, (_, symbol) =>
    symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
  );
  fixed = { literals: buildDecoder(lengths), distances: buildDecoder(new Uint8Array(30).fill(5)) };
  return fixed;
}

/**
 * The codes a block brings itself, and the bit after them; undefined while they are not all there.
 *
 * @see RFC 1951 §3.2.7
 */
export function readDecoders(input: Uint8Array, start: number): (Decoders & { bit: number }) | undefined {
  const end = input.length * 8;
  let bit = start;
  const take = (count: number): number => {
    const at = bit >> 3;
    const three = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
    const value = (three >>> (bit & 7)) & ((1 << count) - 1);
    bit += count;
    return value;
  };
  const literalCount = take(5) + 257;
  const distanceCount = take(5) + 1;
  const lengthCount = take(4) + 4;
  const lengthLengths = new Uint8Array(19);
  for (let i = 0; i < lengthCount; i++) lengthLengths[lengthOrder[i] as number] = take(3);
  if (bit > end) return undefined;
  const decoder = buildDecoder(lengthLengths);
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let at = 0; at < lengths.length; ) {
    const code = decoder.table[take(15) & decoder.mask] as number;
    bit -= 15 - (code & 15);
    const symbol = code >> 4;
    const repeated = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
    const times = symbol < 16 ? 1 : symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7);
    if (bit > end) return undefined;
    if (code === 0 || (symbol === 16 && at === 0) || at + times > lengths.length) {
      throw new Error('the code lengths of a block contradict themselves');
    }
    lengths.fill(symbol < 16 ? symbol : repeated, at, at + times);
    at += times;
  }
  if (lengths[256] === 0) throw new Error('a block has no end code');
  return {
    literals: buildDecoder(lengths.subarray(0, literalCount)),
    distances: buildDecoder(lengths.subarray(literalCount)),
    bit,
  };
}
