/** A set of rows, known by what they hold, as it stands in a card: sorted ids of 5 bytes each, in Base64. */
export interface RememberedRows {
  readonly count: number;
  readonly ids: string;
}

const bytesPerId = 5;

/** Packs ids of rows (40-bit whole numbers) for a card; equal rows count once. */
export function rememberRows(ids: Iterable<number>): RememberedRows {
  const sorted = Float64Array.from(new Set(ids)).sort();
  const bytes = new Uint8Array(sorted.length * bytesPerId);
  sorted.forEach((id, index) => {
    let rest = id;
    for (let byte = 0; byte < bytesPerId; byte++) {
      bytes[index * bytesPerId + byte] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  });
  return { count: sorted.length, ids: toBase64(bytes) };
}

/** @throws RangeError for text that is not Base64 of whole ids */
export function recallRows({ ids }: RememberedRows): Set<number> {
  const bytes = fromBase64(ids);
  if (bytes.length % bytesPerId !== 0) {
    throw new RangeError(`recallRows: ids must be ${bytesPerId} bytes each, got ${bytes.length} bytes.`);
  }
  const rows = new Set<number>();
  for (let at = 0; at < bytes.length; at += bytesPerId) {
    let id = 0;
    for (let byte = bytesPerId - 1; byte >= 0; byte--) id = id * 256 + (bytes[at + byte] as number);
    rows.add(id);
  }
  return rows;
}

function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  const most = 3 * 8192; // a multiple of 3, so that pieces join without padding
  for (let at = 0; at < bytes.length; at += most)
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + most))));
  return pieces.join('');
}

function fromBase64(text: string): Uint8Array {
  try {
    const binary = atob(text);
    return Uint8Array.from({ length: binary.length }, (_, at) => binary.charCodeAt(at));
  } catch (cause) {
    throw new RangeError('recallRows: ids must be Base64.', { cause });
  }
}
