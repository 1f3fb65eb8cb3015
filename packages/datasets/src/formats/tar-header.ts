/** One 512-byte tar header. */
export interface TarHeader {
  readonly path: string;
  readonly sizeBytes: number;
  /** `0` file, `5` folder, `x` `g` `L` `K` extensions, else a link or device. */
  readonly type: string;
}

const decoder = /* @__PURE__ */ new TextDecoder();

/** Text up to the first NUL. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/**
 * A header block taken apart, or what is wrong with it.
 *
 * @see POSIX.1-2001 pax, "ustar Interchange Format"
 */
export function parseTarHeader(block: Uint8Array): TarHeader | string {
  const claimed = octal(block, 148, 8);
  let unsigned = 8 * 32; // the checksum field counts as blanks
  for (let i = 0; i < 148; i++) unsigned += block[i] as number;
  for (let i = 156; i < 512; i++) unsigned += block[i] as number;
  if (claimed !== unsigned) {
    return `a member header's checksum must be ${unsigned}, got ${claimed ?? 'no number'}. Is this a tar archive?`;
  }
  const sizeBytes = (block[124] as number) & 0x80 ? binary(block, 124, 12) : octal(block, 124, 12);
  if (sizeBytes === undefined || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    return `a member's size must be a whole number of bytes, got ${JSON.stringify(textOf(block.subarray(124, 136)))}.`;
  }
  const name = ascii(block, 0, 100);
  const isUstar = block[257] === 0x75 && block[258] === 0x73 && block[262] === 0;
  const prefix = isUstar && block[345] !== 0 ? ascii(block, 345, 155) : '';
  const flag = block[156] as number;
  const type = flag === 0 ? (name.endsWith('/') ? '5' : '0') : String.fromCharCode(flag);
  return { path: prefix === '' ? name : `${prefix}/${name}`, sizeBytes, type };
}

function ascii(block: Uint8Array, start: number, length: number): string {
  let text = '';
  for (let i = start; i < start + length; i++) {
    const byte = block[i] as number;
    if (byte === 0) return text;
    if (byte > 127) return textOf(block.subarray(start, start + length));
    text += String.fromCharCode(byte);
  }
  return text;
}

function octal(block: Uint8Array, start: number, length: number): number | undefined {
  let value = 0;
  let digits = 0;
  for (let i = start; i < start + length; i++) {
    const byte = block[i] as number;
    if (byte >= 48 && byte < 56) {
      value = value * 8 + byte - 48;
      digits++;
    } else if (byte === 0 || byte === 32) {
      if (digits > 0) break;
    } else return undefined;
  }
  return digits > 0 || start === 124 ? value : undefined;
}

/** GNU's and star's base-256 numbers, for files past 8 GiB. */
function binary(block: Uint8Array, start: number, length: number): number {
  let value = (block[start] as number) & 0x7f;
  for (let i = start + 1; i < start + length; i++) value = value * 256 + (block[i] as number);
  return value;
}

/** The path and size a PAX record sets for the next member. */
export function parsePax(bytes: Uint8Array): { path?: string; sizeBytes?: number } {
  const found: { path?: string; sizeBytes?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number(decoder.decode(bytes.subarray(at, space)));
    if (space < 0 || !Number.isInteger(length) || length <= space - at) break;
    const record = decoder.decode(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') found.path = value;
    if (key === 'size' && /^\d+$/.test(value)) found.sizeBytes = Number(value);
    at += length;
  }
  return found;
}
