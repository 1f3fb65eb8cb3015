/**
 * Counts of genes to scBERT's tokens: scaled to 10,000 a cell, log₂(1 + x), cut to whole numbers, at most
 * `binCount`, and a zero after the last gene.
 *
 * @param counts - one row per cell, genes in the model's order; none negative
 * @returns rows of geneCount + 1 tokens
 * @throws RangeError for a negative or non-finite count, naming the cell and gene
 * @see Yang et al. 2022, Methods
 */
export function expressionTokens(
  counts: readonly ArrayLike<number>[],
  { binCount = 5, scaleTo = 10_000 }: { binCount?: number; scaleTo?: number } = {},
): number[][] {
  return counts.map((cell, row) => {
    let total = 0;
    for (let gene = 0; gene < cell.length; gene++) {
      const count = cell[gene] as number;
      if (!(count >= 0 && Number.isFinite(count))) {
        throw new RangeError(
          `expressionTokens: counts must be finite and not negative, got ${count} in cell ${row}, gene ${gene}.`,
        );
      }
      total += count;
    }
    const scale = total > 0 ? scaleTo / total : 0;
    const tokens = Array.from(cell, (count) => Math.min(binCount, Math.trunc(Math.log2(1 + count * scale))));
    return [...tokens, 0];
  });
}
