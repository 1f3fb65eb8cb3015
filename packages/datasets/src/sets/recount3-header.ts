import type { ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import { readLines } from '../formats/lines.js';

/** The two `##` lines and the column names of a gene- or exon-sums file. */
export async function readGeneSumsHeader(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  { limits }: Pick<ReadOptions, 'limits'>,
): Promise<{ samples: string[]; idColumn: string; headerLines: number }> {
  let headerLines = 0;
  for await (const lines of readLines(bytes, { file, limits })) {
    for (const line of lines) {
      headerLines++;
      if (line.startsWith('##')) continue;
      const [idColumn = '', ...samples] = line.split('\t');
      if (samples.length > 0) return { samples, idColumn, headerLines };
      const message = `load: recount3’s sums must have a header of a name and samples, got ${JSON.stringify(line.slice(0, 60))}.`;
      throw new DatasetError('malformed', message, { file, record: headerLines });
    }
  }
  throw new DatasetError('truncated', 'load: recount3’s sums end before their header.', { file });
}
