import { DatasetError } from '../errors.js';
import type { Member } from '../formats/member.js';

/** @internal Bytes of a text file; others are refused before they turn into strange columns. */
export async function* refuseBinary(
  member: Member,
  caller: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const piece of member.stream()) {
    const start = isFirst ? piece.subarray(0, 1024) : piece.subarray(0, 0);
    isFirst = false;
    const nul = start.indexOf(0);
    if (nul >= 0) {
      const wide = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
      throw new DatasetError(
        wide ? 'encoding' : 'malformed',
        `${caller}: a text file is needed, got ${wide ? 'UTF-16. Save it as UTF-8' : 'a binary one'}.`,
        { file: member.path, byte: nul },
      );
    }
    if (/^\s*<(!doctype html|html)/i.test(new TextDecoder('latin1').decode(start.subarray(0, 256)))) {
      throw new DatasetError(
        'malformed',
        `${caller}: a table is needed, got a web page. Download it again.`,
        { file: member.path, byte: 0 },
      );
    }
    yield piece;
  }
}
