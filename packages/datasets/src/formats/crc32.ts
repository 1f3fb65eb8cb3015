let tables: Uint32Array[] | undefined;

/** Four tables, so that four bytes cost four look-ups and no dependency chain between them. */
function crcTables(): Uint32Array[] {
  if (tables !== undefined) return tables;
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  tables = [first];
  for (let k = 1; k < 4; k++) {
    const before = tables[k - 1] as Uint32Array;
    tables.push(before.map((value) => (value >>> 8) ^ (first[value & 255] as number)));
  }
  return tables;
}

/**
 * The CRC-32 of gzip and zip, continued from an earlier one.
 *
 * @param crc - of the bytes before; 0 at the start
 * @returns an unsigned 32-bit number
 * @see RFC 1952 §8
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3] = crcTables() as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let state = ~crc;
  let at = 0;
  for (const whole = bytes.length - 3; at < whole; at += 4) {
    state ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    state =
      (t3[state & 255] as number) ^
      (t2[(state >>> 8) & 255] as number) ^
      (t1[(state >>> 16) & 255] as number) ^
      (t0[state >>> 24] as number);
  }
  for (; at < bytes.length; at++) {
    state = (state >>> 8) ^ (t0[(state ^ (bytes[at] as number)) & 255] as number);
  }
  return ~state >>> 0;
}
