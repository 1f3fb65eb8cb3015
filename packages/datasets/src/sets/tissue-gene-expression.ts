import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import type { Member } from '../formats/member.js';
import { readNumberTable } from '../formats/number-table.js';
import { unpackSample } from '../samples/unpack-sample.js';
import { findBytes, missing, readMatching } from './find-members.js';

export interface TissueColumns {
  [column: string]: Float32Array | Int32Array | string[];
  /** [rows, 500] log2 expression of each gene */
  features: Float32Array;
  label: Int32Array;
  sample: string[];
}

const classNames = [
  'cerebellum',
  'colon',
  'endometrium',
  'hippocampus',
  'kidney',
  'liver',
  'placenta',
] as const;
const pattern = /tissue-gene-expression\.csv$/;

/** 189 human tissue samples as the expression of 500 genes, in 7 tissues. */
export const tissueGeneExpression: DatasetDefinition<TissueColumns> = {
  defaultSplit: 'train',
  small: true,
  card: {
    name: 'tissue-gene-expression',
    title: 'Tissue gene expression',
    description:
      'Log2 microarray expression of 500 genes in 189 samples of 7 tissues: for a small supervised task, not counts as RNA-seq gives.',
    licence: 'Artistic-2.0 (R package dslabs)',
    downloadable: false,
    splits: { train: 189 },
    classes: classNames,
    features: {
      features: '500 float32: log2 expression',
      label: /* @__PURE__ */ classNames.join(', '),
      sample: 'id',
    },
    source: 'https://cran.r-project.org/package=dslabs',
    citation: 'Irizarry, Gill 2019. dslabs: data science labs. R package.',
    files: [],
    verified: 'Rows, classes, genes, minimum, maximum and means, counted on the rows that ship.',
    offline: 'excerpt',
  },
  async open(files, options) {
    const bytes = await findBytes(files, pattern, options);
    if (bytes === undefined) throw missing('tissue-gene-expression', 'tissue-gene-expression.csv');
    const [, , ...genes] = new TextDecoder()
      .decode(bytes.subarray(0, bytes.indexOf(10)))
      .trim()
      .split(',');
    const string = { dtype: 'string', shape: [] } as const;
    const schema: Schema<TissueColumns> = {
      features: { dtype: 'float32', shape: [genes.length], names: genes },
      label: { dtype: 'int32', shape: [], classNames },
      sample: string,
    };
    const wanted = { set: 'tissue-gene-expression', pattern, expected: 'tissue-gene-expression.csv' };
    return {
      schema,
      read: () =>
        readMatching(files, wanted, options, (member) => rows(member, schema, genes.length, options)),
    };
  },
  async offline() {
    const { default: sample } = await import('../samples/tissue-gene-expression.generated.js');
    return memoryFiles({ 'tissue-gene-expression.csv': unpackSample(sample) });
  },
};

async function* rows(
  member: Member,
  schema: Schema<TissueColumns>,
  geneCount: number,
  { limits }: ReadOptions,
) {
  const options = { columnCount: geneCount, textColumns: 2, skipLines: 1, file: member.path, limits };
  let record = 0;
  for await (const { rowCount, texts, values } of readNumberTable(member.stream(), options)) {
    const label = new Int32Array(rowCount);
    const sample: string[] = [];
    for (let row = 0; row < rowCount; row++) {
      sample.push(texts[2 * row] ?? '');
      const tissue = texts[2 * row + 1] ?? '';
      label[row] = (classNames as readonly string[]).indexOf(tissue);
      if (label[row] === -1) {
        const message = `load: a tissue must be one of ${classNames.join(', ')}, got ${JSON.stringify(tissue)}.`;
        throw new DatasetError('malformed', message, { file: member.path, record: record + row + 1 });
      }
    }
    record += rowCount;
    // dtype float32 is the default
    yield assembleBatch(schema, { features: values as Float32Array, label, sample }, rowCount);
  }
}
