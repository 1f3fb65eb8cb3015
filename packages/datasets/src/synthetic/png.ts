import { zlibSync } from 'fflate';
import { joinBytes } from '../formats/byte-reader.js';
import { crc32 } from '../formats/crc32.js';

/** A PNG file of RGB bytes, row by row. */
export function encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const lines = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++)
    lines.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = concat([new TextEncoder().encode(name), data]);
  const whole = new Uint8Array(body.length + 8);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(body, 4);
  view.setUint32(whole.length - 4, crc32(body));
  return whole;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}
