import { namesText } from '../folders/class-names.js';
import type { DataNote } from '../notes.js';
import type { CountMatrix, Genes } from './count-matrix.js';
import type { CountOptions } from './count-options.js';
import type { SparseMatrix } from './sparse-matrix.js';

const geneType = 'Gene Expression';

/** Genes that are read, and what was said of the others. */
interface KeptGenes {
  readonly matrix: SparseMatrix;
  readonly genes: Genes;
  readonly notes: readonly DataNote[];
}

/**
 * @internal Leaves out features that are no genes, and gives names to genes without any.
 *
 * @throws RangeError for kinds of features that the file does not have
 */
export function keepGenes({ matrix, genes }: CountMatrix, { featureTypes }: CountOptions): KeptGenes {
  if (genes === undefined) {
    const names = Array.from({ length: matrix.columnCount }, (_, gene) => `gene ${gene + 1}`);
    const message =
      'The genes have no names (features.tsv or genes.tsv beside the matrix): other data must have them in the same order.';
    return {
      matrix,
      genes: { names, ids: names },
      notes: [{ kind: 'found', code: 'unnamed-genes', message }],
    };
  }
  const types = genes.types ?? [];
  const kinds = [...new Set(types)];
  const wanted = featureTypes ?? (kinds.length > 1 && kinds.includes(geneType) ? [geneType] : 'all');
  if (wanted === 'all') return { matrix, genes, notes: duplicateNotes(genes) };
  const unknown = wanted.filter((kind) => !kinds.includes(kind));
  if (unknown.length > 0)
    throw new RangeError(
      `fromCounts: featureTypes must be among those of the file (${kinds.join(', ') || 'it has none'}), got ${namesText(unknown)}.`,
    );
  const kept = Array.from(types.keys()).filter((at) => wanted.includes(types[at] as string));
  const counts = kinds
    .filter((kind) => !wanted.includes(kind))
    .map((kind) => `${types.filter((type) => type === kind).length} ${kind}`);
  const of = (values: readonly string[]) => kept.map((at) => values[at] as string);
  const left = { names: of(genes.names), ids: of(genes.ids), types: of(types) };
  if (counts.length === 0) return { matrix, genes, notes: duplicateNotes(genes) };
  const message = `Features of other kinds are left out: ${counts.join(', ')}.`;
  return {
    matrix: matrix.select(kept),
    genes: left,
    notes: [
      { kind: 'left-out', code: 'feature-types', message, option: 'featureTypes' },
      ...duplicateNotes(left),
    ],
  };
}

function duplicateNotes({ names, ids }: Genes): DataNote[] {
  const distinct = new Set(names).size;
  if (distinct === names.length) return [];
  const byIds =
    new Set(ids).size === ids.length
      ? 'their ids tell them apart'
      : 'nothing tells them apart but their order';
  const message = `${names.length - distinct + 1} genes share names with others; ${byIds}.`;
  return [{ kind: 'found', code: 'duplicate-genes', message }];
}
