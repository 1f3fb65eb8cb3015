import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';

const FREE_BYTES = 2 ** 24;

/** Counts unpacked bytes against what they were packed in, and stops at the limits. */
export function unpackLimit(
  limits: Limits,
  file: string | undefined,
): (packed: number, unpacked: number) => void {
  return (packed, unpacked) => {
    if (unpacked > limits.unpackedBytes) {
      throw new DatasetError(
        'limit',
        `unpack: a file may unpack to at most ${limits.unpackedBytes} bytes, got more. Raise limits.unpackedBytes if it should.`,
        { file },
      );
    }
    if (unpacked > FREE_BYTES && unpacked > packed * limits.ratio) {
      throw new DatasetError(
        'limit',
        `unpack: each packed byte may unpack to at most ${limits.ratio}, got ${Math.round(unpacked / packed)} over ${unpacked} bytes. Raise limits.ratio if it should.`,
        { file },
      );
    }
  };
}
