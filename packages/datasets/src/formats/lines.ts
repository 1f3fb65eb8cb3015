import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { joinBytes } from './byte-reader.js';
import type { TextEncoding } from './decode-text.js';
import { decodeText } from './decode-text.js';
import { parseJson } from './json-value.js';

export interface LineOptions {
  readonly encoding?: TextEncoding;
  readonly file?: string;
  readonly limits?: Partial<Limits>;
}

/**
 * Lines of text in blocks, without their ends (LF or CRLF).
 *
 * @throws DatasetError `encoding` or `limit`
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions = {},
): AsyncGenerator<string[], void, undefined> {
  const { encoding = 'utf-8', file } = options;
  const { recordBytes } = withLimits(options.limits);
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  let byte = 0;
  const decode = (whole: Uint8Array) => {
    const text = decodeText(whole, encoding, { file, byte });
    const first = byte === 0 && text.startsWith('\ufeff') ? 1 : 0;
    byte += whole.length;
    const lines = text.slice(first).split('\n');
    return text.includes('\r')
      ? lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
      : lines;
  };
  for await (const chunk of bytes) {
    const cut = chunk.lastIndexOf(10);
    if (cut >= 0) {
      parts.push(chunk.subarray(0, cut));
      yield decode(joinBytes(parts, partBytes + cut));
      byte++; // the line end itself
      parts = [];
      partBytes = 0;
    }
    if (cut + 1 < chunk.length) {
      parts.push(chunk.slice(cut + 1));
      partBytes += chunk.length - cut - 1;
    }
    if (partBytes > recordBytes) {
      const message = `readLines: a line may have at most ${recordBytes} bytes, got more. Raise limits.recordBytes if it should.`;
      throw new DatasetError('limit', message, { file, byte });
    }
  }
  if (partBytes > 0) yield decode(joinBytes(parts, partBytes));
}

/**
 * JSON values, one per line; blank lines are passed over. Integers past 2^53 come as strings.
 *
 * @throws DatasetError `malformed` with record and line
 */
export async function* readJsonLines(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions = {},
): AsyncGenerator<unknown[], void, undefined> {
  let record = 0;
  for await (const lines of readLines(bytes, options)) {
    const values: unknown[] = [];
    for (const line of lines) {
      if (line.trim() === '') continue;
      record++;
      try {
        values.push(parseJson(line));
      } catch (cause) {
        const message = `readJsonLines: every line must be one JSON value, got ${JSON.stringify(line.slice(0, 40))}.`;
        throw new DatasetError('malformed', message, { file: options.file, record }, { cause });
      }
    }
    if (values.length > 0) yield values;
  }
}
