import { nodeBuiltin } from '../node-builtins.js';

let tables: Uint32Array | undefined;

/** Eight tables of 256: table k advances a byte k places further (Kounavis and Berry 2005, slicing by 8). */
function slicingTables(): Uint32Array {
  if (tables) return tables;
  tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[byte] = value;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}

/**
 * CRC-32 as zip uses it (polynomial 0xEDB88320).
 *
 * @param before - the checksum of the bytes before these; 0 to begin
 * @returns an unsigned 32-bit number
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const native = nodeBuiltin('node:zlib')?.crc32;
  return native ? native(bytes, before) : slicedCrc32(bytes, before);
}

/** The same in plain JavaScript, for browsers. */
export function slicedCrc32(bytes: Uint8Array, before = 0): number {
  const table = slicingTables();
  const at = (index: number) => table[index] as number; // every index below is < 2048
  let crc = ~before;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low = crc ^ word(bytes, i);
    const high = word(bytes, i + 4);
    crc =
      at(1792 + (low & 255)) ^
      at(1536 + ((low >>> 8) & 255)) ^
      at(1280 + ((low >>> 16) & 255)) ^
      at(1024 + (low >>> 24)) ^
      at(768 + (high & 255)) ^
      at(512 + ((high >>> 8) & 255)) ^
      at(256 + ((high >>> 16) & 255)) ^
      at(high >>> 24);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ at((crc ^ (bytes[i] as number)) & 255);
  return ~crc >>> 0;
}

function word(bytes: Uint8Array, i: number): number {
  // in bounds: the caller leaves eight bytes
  return (
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)
  );
}
