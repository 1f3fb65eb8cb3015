import { drawLabels, type Rows, splitRows } from '@warmstart/transfer';
import type { Terminal } from '../terminal/terminal.js';
import type { Run } from './run.js';

/** How many rows went where. */
export interface SplitCounts {
  train: number;
  validation: number;
  test: number;
}

/**
 * Writes down which rows go where, and which labelled rows are learned from, by number from 1 as `predict` counts them.
 *
 * @param options.labels - of fine-tuning
 */
export async function saveSplits(
  run: Run,
  rows: Rows,
  {
    splits: shares,
    seed,
    labels,
    terminal,
  }: {
    splits: { validation: number; test: number };
    seed: number;
    labels?: { count: number | undefined };
    terminal: Pick<Terminal, 'note' | 'signal'>;
  },
): Promise<SplitCounts> {
  run.begin();
  const index = await rows.index(terminal.signal);
  const splits = splitRows(index, rows.output, shares);
  const counts = {
    train: splits.train.length,
    validation: splits.validation.length,
    test: splits.test.length,
  };
  const { output } = rows;
  const labelled =
    labels && output && index.outputs
      ? drawLabels({
          candidates: Uint32Array.from([...splits.train, ...splits.validation]).sort(),
          outputs: index.outputs,
          output,
          count: labels.count,
          seed,
          draw: 0,
          name: rows.name,
        })
      : undefined;
  const numbered = (list: Uint32Array) => Array.from(list, (row) => row + 1);
  run.folder.writeJson('splits.json', {
    data: rows.name,
    train: numbered(splits.train),
    validation: numbered(splits.validation),
    test: numbered(splits.test),
    ...(labelled ? { labelled: numbered(labelled) } : {}),
  });
  terminal.note(`${counts.train} rows to train, ${counts.validation} to validate, ${counts.test} to test`);
  return counts;
}
