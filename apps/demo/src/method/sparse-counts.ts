import { readMatrixMarket } from '@warmstart/datasets';
import { bytesOf } from './file-bytes.js';
import { columnsNote, depthNote, depthTarget, type Matrix, mostColumns, topColumns } from './preparation.js';

const mostEntries = 30_000_000;

interface Entries {
  /** of the sample, and of the gene */
  samples: Int32Array;
  genes: Int32Array;
  values: Float32Array;
  sampleCount: number;
  geneCount: number;
}

/**
 * Reads a Matrix Market count matrix, as single-cell pipelines write it, and keeps the genes that vary most.
 *
 * @param samplesAre - the lines' `columns` in 10x Genomics' files
 * @throws Error in plain words, DatasetError for a damaged file
 */
export async function readSparseCounts(
  file: Blob,
  name: string,
  samplesAre: 'rows' | 'columns',
): Promise<Matrix & { notes: string[] }> {
  const entries = await entriesOf(file, name, samplesAre);
  const { samples, genes, values, sampleCount, geneCount } = entries;
  const notes: string[] = [];
  if (values.every((value) => value >= 0 && Number.isInteger(value))) {
    bringToDepth(entries);
    notes.push(depthNote);
  }
  if (geneCount > mostColumns) notes.push(columnsNote(geneCount));
  const kept = topColumns(varianceOf(entries));
  const placeOf = new Int32Array(geneCount).fill(-1);
  for (const [place, gene] of kept.entries()) placeOf[gene] = place;
  const dense = new Float32Array(sampleCount * kept.length);
  for (let i = 0; i < values.length; i++) {
    const place = placeOf[genes[i] as number] as number;
    if (place >= 0) dense[(samples[i] as number) * kept.length + place] = values[i] as number;
  }
  const names = Array.from(kept, (gene) => `gene ${gene + 1}`);
  return { names, rowCount: sampleCount, values: dense, notes };
}

async function entriesOf(file: Blob, name: string, samplesAre: 'rows' | 'columns'): Promise<Entries> {
  let [at, size] = [0, 0];
  let found: Entries | undefined;
  for await (const block of readMatrixMarket(bytesOf(file, name), { file: name })) {
    if (!found) {
      size = block.entryCount;
      if (size > mostEntries) {
        throw new Error(
          `${name} has ${size.toLocaleString('en')} entries; this page takes up to ${mostEntries.toLocaleString('en')}. Use the command line for larger ones.`,
        );
      }
      const [sampleCount, geneCount] =
        samplesAre === 'rows' ? [block.rowCount, block.columnCount] : [block.columnCount, block.rowCount];
      // symmetric files give both halves
      const room = 2 * size;
      const [samples, genes, values] = [new Int32Array(room), new Int32Array(room), new Float32Array(room)];
      found = { samples, genes, values, sampleCount, geneCount };
    }
    const [samples, genes] =
      samplesAre === 'rows' ? [block.rows, block.columns] : [block.columns, block.rows];
    found.samples.set(samples, at);
    found.genes.set(genes, at);
    found.values.set(block.values, at);
    at += block.values.length;
  }
  if (!found) throw new Error(`${name} has no entries.`);
  const { samples, genes, values } = found;
  return {
    ...found,
    samples: samples.subarray(0, at),
    genes: genes.subarray(0, at),
    values: values.subarray(0, at),
  };
}

/** In place: every sample to the same sum, then log(1 + x). */
function bringToDepth({ samples, values, sampleCount }: Entries): void {
  const depth = new Float64Array(sampleCount);
  for (let i = 0; i < values.length; i++) {
    const sample = samples[i] as number;
    depth[sample] = (depth[sample] as number) + (values[i] as number);
  }
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.log1p(((values[i] as number) * depthTarget) / (depth[samples[i] as number] || 1));
  }
}

function varianceOf({ genes, values, sampleCount, geneCount }: Entries): Float64Array {
  const [sums, squares] = [new Float64Array(geneCount), new Float64Array(geneCount)];
  for (let i = 0; i < values.length; i++) {
    const [gene, value] = [genes[i] as number, values[i] as number];
    sums[gene] = (sums[gene] as number) + value;
    squares[gene] = (squares[gene] as number) + value * value;
  }
  return squares.map((square, gene) => square / sampleCount - ((sums[gene] as number) / sampleCount) ** 2);
}
