/** Without spaces and tabs at both ends. */
export function trimmed(buffer: Uint8Array, start: number, end: number): [number, number] {
  let [from, to] = [start, end];
  while (from < to && isSpace(buffer[from] as number)) from++;
  while (to > from && isSpace(buffer[to - 1] as number)) to--;
  return [from, to];
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9;
}

/** Whether a digit is among the bytes, or a letter beyond ASCII: cheap to ask, and false of most words. */
export function mayBeNumber(buffer: Uint8Array, from: number, to: number): boolean {
  if (to - from > 60) return false;
  for (let at = from; at < to; at++) {
    const byte = buffer[at] as number;
    if (byte >= 128 || (byte >= 48 && byte <= 57)) return true;
  }
  return false;
}
