import type { Batch, ColumnData, ColumnInfo, Columns, Schema } from './columns.js';
import { rowWidth } from './columns.js';

/**
 * @internal A text per row, equal for equal features. Class columns (those with class names) do not count.
 * Short rows are their own key; long ones are digested to 128 bits.
 */
export function rowKeys<C extends Columns>(schema: Schema<C>, batch: Batch<C>): string[] {
  const keys = new Array<string>(batch.rowCount).fill('');
  for (const [name, info] of Object.entries<ColumnInfo>(schema)) {
    if (info.classNames !== undefined) continue;
    const data = batch.columns[name] as ColumnData;
    const width = rowWidth(info);
    for (let row = 0; row < batch.rowCount; row++) keys[row] += `${keyOf(data, row, width)}|`;
  }
  return keys;
}

function keyOf(data: ColumnData, row: number, width: number): string {
  const value = data[row];
  if (typeof value === 'string') return value.length > 64 ? digestText(value) : `"${value}`;
  if (value instanceof Uint8Array) return digestNumbers(value);
  const numbers = (data as Float32Array).subarray(row * width, (row + 1) * width);
  return width > 4 ? digestNumbers(numbers) : numbers.join(',');
}

function digestText(text: string): string {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return digestNumbers(units);
}

// Four multiplicative hashes over the bytes in 32-bit words: ample against chance, which is all a split needs.
function digestNumbers(numbers: Float32Array | Uint8Array | Uint16Array): string {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, bytes.length];
  for (const word of new Uint32Array(padded.buffer)) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word >>> 7) ^ a, 0x5bd1e995);
    c = Math.imul(c + word, 0xcc9e2d51) ^ (b >>> 13);
    d = Math.imul(d ^ c, 0x1b873593) + (word << 5) + (a >>> 11);
  }
  return [a, b, c, d].map((part) => (part >>> 0).toString(36)).join('.');
}
