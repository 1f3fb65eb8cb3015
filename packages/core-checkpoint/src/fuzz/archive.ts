import { encodedBytes } from '../targets/encoded-file.js';
import { encodeZip } from '../zip/writer.js';

const text = (value: string) => new TextEncoder().encode(value);

/** A `.pt` archive whose checksums are right, so that only the readers of pickles and tensors can object. */
export function archiveOf(
  pickle: Uint8Array,
  records: Readonly<Record<string, Uint8Array>>,
): Uint8Array<ArrayBuffer> {
  const members = Object.entries({ 'data.pkl': pickle, ...records, version: text('3\n') });
  return encodedBytes(
    encodeZip(
      members.map(([name, data]) => ({ name: `archive/${name}`, data })),
      64,
    ),
  );
}
