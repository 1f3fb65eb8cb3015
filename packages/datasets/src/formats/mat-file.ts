import { unzlibSync } from 'fflate';
import { DatasetError } from '../errors.js';

type MatValue = number | string | undefined;

/**
 * The structs of one struct array in a MATLAB 5 file, their numbers and texts; other fields are left out.
 *
 * @throws DatasetError `malformed`
 * @see MathWorks, "MAT-File Format", version 5
 */
export function readMatStructs(bytes: Uint8Array, variable: string, file: string): Map<string, MatValue>[] {
  try {
    for (const element of elements(bytes.subarray(128))) {
      const [matrix] = element.type === 15 ? elements(unzlibSync(element.data)) : [element];
      if (matrix === undefined || matrix.type !== 14) continue;
      const parts = elements(matrix.data);
      if (textOf(parts[2]) === variable) return structsOf(parts);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError(
      'malformed',
      `readMatStructs: the file is no MATLAB 5 file: ${reason}.`,
      { file },
      { cause },
    );
  }
  throw new DatasetError(
    'malformed',
    `readMatStructs: the file must hold "${variable}", got no such variable.`,
    { file },
  );
}

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
}

function elements(bytes: Uint8Array): Element[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Element[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const word = view.getUint32(at, true);
    const short = word >>> 16; // data of up to 4 bytes lie in the tag itself
    const type = short > 0 ? word & 0xffff : word;
    const size = short > 0 ? short : view.getUint32(at + 4, true);
    const start = short > 0 ? at + 4 : at + 8;
    if (start + size > bytes.length) throw new Error('an element reaches past the end');
    found.push({ type, data: bytes.subarray(start, start + size) });
    at = short > 0 ? at + 8 : type === 15 ? start + size : start + Math.ceil(size / 8) * 8;
  }
  return found;
}

/** Parts: flags, dimensions, name, length of field names, field names, then each struct's fields in turn. */
function structsOf(parts: readonly Element[]): Map<string, MatValue>[] {
  const nameLength = numbersOf(parts[3])[0] ?? 0;
  const names = parts[4]?.data ?? new Uint8Array(0);
  const fields = Array.from({ length: nameLength === 0 ? 0 : names.length / nameLength }, (_, i) =>
    latin1(names.subarray(i * nameLength, (i + 1) * nameLength)).replace(/\0.*$/s, ''),
  );
  const values = parts.slice(5);
  if (fields.length === 0 || values.length % fields.length !== 0) throw new Error('a struct lacks fields');
  return Array.from({ length: values.length / fields.length }, (_, i) => {
    const own = values.slice(i * fields.length, (i + 1) * fields.length);
    return new Map(own.map((value, f) => [fields[f] as string, valueOfMatrix(value)]));
  });
}

function valueOfMatrix(element: Element): MatValue {
  const parts = elements(element.data);
  const kind = parts[0]?.data[0];
  if (kind === 4) return textOf(parts[3]);
  const numbers = numbersOf(parts[3]);
  return kind !== undefined && kind >= 6 && numbers.length === 1 ? numbers[0] : undefined;
}

function textOf(element: Element | undefined): string {
  if (element === undefined) return '';
  const { type, data } = element;
  if (type !== 4) return new TextDecoder().decode(data); // int8, uint8 or UTF-8
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length / 2 }, (_, i) =>
    String.fromCharCode(view.getUint16(i * 2, true)),
  ).join('');
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function numbersOf(element: Element | undefined): number[] {
  if (element === undefined) return [];
  const { type, data } = element;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const readers: Record<number, [number, (at: number) => number]> = {
    1: [1, (at) => view.getInt8(at)],
    2: [1, (at) => view.getUint8(at)],
    3: [2, (at) => view.getInt16(at, true)],
    4: [2, (at) => view.getUint16(at, true)],
    5: [4, (at) => view.getInt32(at, true)],
    6: [4, (at) => view.getUint32(at, true)],
    7: [4, (at) => view.getFloat32(at, true)],
    9: [8, (at) => view.getFloat64(at, true)],
    12: [8, (at) => Number(view.getBigInt64(at, true))],
    13: [8, (at) => Number(view.getBigUint64(at, true))],
  };
  const [size, read] = readers[type] ?? [0, () => 0];
  return size === 0 ? [] : Array.from({ length: data.length / size }, (_, i) => read(i * size));
}
