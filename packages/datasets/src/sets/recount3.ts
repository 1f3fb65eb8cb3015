import type { Batch, Columns, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, OpenedSplit, ReadOptions } from '../definition.js';
import type { DataFiles } from '../files.js';
import { memoryFiles } from '../files.js';
import { readNumberTable } from '../formats/number-table.js';
import { syntheticRecount3 } from '../synthetic/recount3.js';
import { walk } from '../walk.js';
import { missing } from './find-members.js';
import { openAnnotation } from './recount3-annotation.js';
import { readGeneSumsHeader } from './recount3-header.js';
import type { SampleMetadata } from './recount3-metadata.js';
import { readMetadata, sampleMetadata } from './recount3-metadata.js';

export interface Recount3Columns {
  [column: string]: Float64Array | string[] | Int32Array;
}

const string = { dtype: 'string', shape: [] } as const;
const float64 = { dtype: 'float64', shape: [] } as const;
const geneSums = /(^|[/.])(gene|exon)_sums\.[^/]*?$/;

/** Gene expression of hundreds of thousands of human and mouse samples, a study at a time. */
export const recount3: DatasetDefinition<Recount3Columns> = {
  defaultSplit: 'samples',
  tableSplit: 'gene_sums',
  small: false,
  card: {
    name: 'recount3',
    title: 'recount3',
    description:
      'RNA-seq coverage of public samples, summed over genes, uniformly processed; one study per file.',
    licence:
      'terms of the data not stated in what was at hand (the R package: Artistic-2.0). Not redistributed.',
    downloadable: true,
    splits: { samples: null, gene_sums: null, metadata: null, annotation: null },
    classes: [],
    features: {
      samples:
        'features (float64 sums of base coverage per gene), sample, auc, mappedReads, readLength, pairedEnd',
      gene_sums: 'gene_id and one column per sample, as the file has them',
      metadata: 'the metadata tables joined on rail_id, external_id and study',
      annotation: 'gene_id, gene_name, gene_type, chromosome, strand, start, end, exonBases, of the GTF file',
    },
    source: 'https://rna.recount.bio/',
    citation:
      'Wilks et al. 2021. recount3: summaries and queries for large-scale RNA-seq expression and splicing. Genome Biology 22:323.',
    files: [],
    verified:
      'Format, joins and scaling factors on real files of one study (DRP002835); the rest from the R package’s code.',
    offline: 'synthetic',
  },
  open(files, options) {
    if (options.split === 'metadata') return openMetadata(files, options);
    if (options.split === 'annotation') return openAnnotation(files, options);
    return options.split === 'gene_sums' ? openGeneSums(files, options) : openSamples(files, options);
  },
  offline: async ({ seed, rows = 24 }) => memoryFiles(syntheticRecount3(seed, rows)),
};

interface Found {
  readonly path: string;
  readonly samples: readonly string[];
  readonly idColumn: string;
  readonly headerLines: number;
}

/** The first gene-sums file, opened anew; its header tells the samples. */
async function findSums(files: DataFiles, options: ReadOptions): Promise<Found> {
  for await (const member of walk(files, options)) {
    if (!geneSums.test(member.path) || /\.(gtf|MD)$/.test(member.path)) continue;
    return { path: member.path, ...(await readGeneSumsHeader(member.stream(), member.path, options)) };
  }
  throw missing('recount3', 'sra.gene_sums.PROJECT.G026.gz');
}

async function openGeneSums(files: DataFiles, options: ReadOptions): Promise<OpenedSplit<Recount3Columns>> {
  const found = await findSums(files, options);
  const { idColumn, samples } = found;
  const entries = [[idColumn, string], ...samples.map((sample) => [sample, float64] as const)];
  const schema: Schema<Recount3Columns> = Object.fromEntries(entries);
  return {
    schema,
    async *read() {
      for await (const { rowCount, texts, values } of sumRows(files, found, options)) {
        const width = samples.length;
        const columns = samples.map((sample, s) => [
          sample,
          Float64Array.from({ length: rowCount }, (_, row) => values[row * width + s] as number),
        ]);
        yield assembleBatch(
          schema,
          Object.fromEntries([[idColumn, texts], ...columns]) as Recount3Columns,
          rowCount,
        ); // one entry per schema column
      }
    },
  };
}

async function* sumRows(files: DataFiles, { path, samples, headerLines }: Found, options: ReadOptions) {
  for await (const member of walk(files, options)) {
    if (member.path !== path) continue;
    const { limits } = options;
    const shape = { columnCount: samples.length, textColumns: 1, skipLines: headerLines } as const;
    yield* readNumberTable(member.stream(), {
      ...shape,
      delimiter: '\t',
      dtype: 'float64',
      file: path,
      limits,
    });
    return;
  }
}

/** Genes come as rows; a learner wants samples as rows, so the matrix is held and turned. */
async function openSamples(files: DataFiles, options: ReadOptions): Promise<OpenedSplit<Recount3Columns>> {
  const found = await findSums(files, options);
  const { samples } = found;
  const genes: string[] = [];
  const blocks: Float64Array[] = [];
  for await (const { texts, values } of sumRows(files, found, options)) {
    genes.push(...texts);
    blocks.push(values as Float64Array); // dtype float64 was asked for
  }
  const metadata = sampleMetadata(await readMetadata(files, options));
  const schema: Schema<Recount3Columns> = {
    features: { dtype: 'float64', shape: [genes.length], names: genes },
    sample: string,
    auc: float64,
    mappedReads: float64,
    readLength: float64,
    pairedEnd: float64,
  };
  const at = async (rows: Uint32Array) => turn(blocks, { samples, genes, rows, schema, metadata });
  return {
    schema,
    rowCount: samples.length,
    at,
    async *read() {
      for (let row = 0; row < samples.length; row += 32) {
        const count = Math.min(32, samples.length - row);
        yield await at(Uint32Array.from({ length: count }, (_, i) => row + i));
      }
    },
  };
}

function turn(
  blocks: readonly Float64Array[],
  about: {
    readonly samples: readonly string[];
    readonly genes: readonly string[];
    readonly rows: Uint32Array;
    readonly schema: Schema<Recount3Columns>;
    readonly metadata: ReadonlyMap<string, SampleMetadata>;
  },
): Batch<Recount3Columns> {
  const { samples, genes, rows, schema, metadata } = about;
  const features = new Float64Array(rows.length * genes.length);
  rows.forEach((sample, row) => {
    let gene = row * genes.length;
    for (const block of blocks) {
      for (let from = sample; from < block.length; from += samples.length)
        features[gene++] = block[from] as number;
    }
  });
  const names = Array.from(rows, (row) => samples[row] as string);
  const number = (key: keyof SampleMetadata) =>
    Float64Array.from(names, (name) => metadata.get(name)?.[key] ?? Number.NaN);
  const columns = {
    features,
    sample: names,
    auc: number('auc'),
    mappedReads: number('mappedReads'),
    readLength: number('readLength'),
    pairedEnd: number('pairedEnd'),
  };
  return assembleBatch(schema, columns, rows.length);
}

async function openMetadata(
  files: DataFiles,
  options: ReadOptions,
): Promise<OpenedSplit<Columns & Recount3Columns>> {
  const { names, rows } = await readMetadata(files, options);
  if (rows.length === 0) throw missing('recount3', 'sra.recount_qc.PROJECT.MD.gz');
  const schema: Schema<Recount3Columns> = Object.fromEntries(names.map((name) => [name, string]));
  const columns = Object.fromEntries(names.map((name) => [name, rows.map((row) => row.get(name) ?? 'NA')]));
  return {
    schema,
    rowCount: rows.length,
    async *read() {
      yield assembleBatch(schema, columns, rows.length);
    },
  };
}
