import { DatasetError } from '../errors.js';
import { guessWideEncoding } from './text-encoding.js';

/**
 * Refuses what is not a table of text, though its name says so.
 *
 * @param start - the first bytes
 * @throws DatasetError `malformed` that says what it is
 */
export function refuseOtherText(start: Uint8Array, file: string): void {
  const text = new TextDecoder('latin1').decode(start.subarray(0, 512));
  const what = otherKind(text, start);
  if (what === undefined) return;
  throw new DatasetError('malformed', `readTable: a table is needed, got ${what}`, { file, byte: 0 });
}

function otherKind(text: string, start: Uint8Array): string | undefined {
  if (/^\s*<(?:!doctype html|html|head|body)/i.test(text)) return 'a web page. Download it again.';
  if (text.startsWith('version https://git-lfs.github.com/spec/'))
    return 'a pointer of Git LFS in place of the file. Run git lfs pull.';
  if (text.startsWith('%PDF')) return 'a PDF. Export the table as CSV.';
  if (text.startsWith('PK\u0003\u0004')) return 'a zip archive, which XLSX is too. Name it .zip or .xlsx.';
  if (text.startsWith('\u00D0\u00CF\u0011\u00E0'))
    return 'an old Excel file (.xls). Save it as .xlsx or CSV.';
  if (start.subarray(0, 512).includes(0) && guessWideEncoding(start) === undefined)
    return 'binary data. Is its name right?';
  return undefined;
}
