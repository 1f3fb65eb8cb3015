import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { OpenedSplit, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { readTextTable } from '../formats/text-table.js';
import { walk } from '../walk.js';
import { missing } from './find-members.js';

/** @internal One gene a row, in the file's order. */
interface AnnotationColumns {
  [column: string]: string[] | Int32Array | Float64Array;
}

const texts = ['gene_id', 'gene_name', 'gene_type', 'chromosome', 'strand'] as const;

/**
 * recount3's annotation of genes: `human.gene_sums.G026.gtf`, tab-separated, quotes as in GTF. The score column
 * holds the bases of the gene's exons, by which sums become RPKM.
 *
 * @throws DatasetError `malformed` for lines that are no GTF, `missing` without such a file
 */
export async function openAnnotation(
  files: DataFiles,
  options: ReadOptions,
): Promise<OpenedSplit<AnnotationColumns>> {
  const string = { dtype: 'string', shape: [] } as const;
  const schema: Schema<AnnotationColumns> = {
    ...Object.fromEntries(texts.map((name) => [name, string])),
    start: { dtype: 'int32', shape: [] },
    end: { dtype: 'int32', shape: [] },
    exonBases: { dtype: 'float64', shape: [] },
  };
  return {
    schema,
    async *read() {
      let found = false;
      for await (const member of walk(files, options)) {
        if (!/\.gtf$/.test(member.path) || /exon_sums/.test(member.path)) continue;
        found = true;
        const parsing = { delimiter: '\t', quote: null, columnCount: 'any', limits: options.limits } as const;
        let record = 1;
        for await (const rows of readTextTable(member.stream(), { ...parsing, file: member.path })) {
          const genes = rows
            .map((fields, row) => geneOf(fields, { file: member.path, record: record + row }))
            .filter((gene) => gene !== undefined);
          record += rows.length;
          if (genes.length === 0) continue;
          const columns = {
            ...Object.fromEntries(texts.map((name) => [name, genes.map((gene) => gene[name])])),
            start: Int32Array.from(genes, ({ start }) => start),
            end: Int32Array.from(genes, ({ end }) => end),
            exonBases: Float64Array.from(genes, ({ exonBases }) => exonBases),
          };
          yield assembleBatch(schema, columns, genes.length);
        }
      }
      if (!found) throw missing('recount3', 'human.gene_sums.G026.gtf.gz');
    },
  };
}

interface Gene extends Record<(typeof texts)[number], string> {
  readonly start: number;
  readonly end: number;
  readonly exonBases: number;
}

/** Undefined for comments and for what is no gene. */
function geneOf(fields: readonly string[], place: { file: string; record: number }): Gene | undefined {
  if (fields[0]?.startsWith('#')) return undefined;
  const [chromosome = '', , feature, start, end, score, strand = '', , attributes] = fields;
  const [from, to] = [Number(start), Number(end)];
  if (attributes === undefined || !Number.isInteger(from) || !Number.isInteger(to) || from > to) {
    const message = `load: a line of recount3’s annotation must be GTF, got ${JSON.stringify(fields.join('\t').slice(0, 60))}.`;
    throw new DatasetError('malformed', message, place);
  }
  if (feature !== 'gene') return undefined;
  const attribute = (name: string) => new RegExp(`(?:^|;)\\s*${name} "([^"]*)"`).exec(attributes)?.[1] ?? '';
  return {
    gene_id: attribute('gene_id'),
    gene_name: attribute('gene_name'),
    gene_type: attribute('gene_type'),
    chromosome,
    strand,
    start: from,
    end: to,
    exonBases: score === undefined || score === '.' ? Number.NaN : Number(score),
  };
}
