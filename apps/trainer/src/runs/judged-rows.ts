import { type Model, type Rows, recallRows, splitRows } from '@warmstart/transfer';

/**
 * The labelled rows that a model is judged on, by number, ascending.
 *
 * @param options.test - only the test rows of this division
 * @param options.all - rows that it learned from as well
 */
export async function judgedRows(
  { card }: Model,
  rows: Rows,
  {
    test,
    all = false,
    signal,
  }: { test?: { validation: number; test: number }; all?: boolean; signal: AbortSignal },
): Promise<Uint32Array> {
  const index = await rows.index(signal);
  const candidates = test
    ? splitRows(index, rows.output, test).test
    : Uint32Array.from({ length: index.rowCount }, (_, row) => row);
  const learned = all ? new Set<number>() : recallRows(card.origin.learned);
  return candidates.filter((row) => {
    const value = index.outputs?.[row] ?? Number.NaN;
    const isKnown = card.output.kind === 'classes' ? value >= 0 : !Number.isNaN(value);
    return isKnown && !learned.has(index.ids[row] as number);
  });
}
