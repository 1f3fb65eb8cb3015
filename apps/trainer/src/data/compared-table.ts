import type { Table } from '../few-labels/table.js';
import { answeredRows } from '../method/score.js';
import { takeRows } from '../method/take-rows.js';
import { DataError } from './data-error.js';
import type { Part } from './encode-rows.js';
import type { Examples } from './examples.js';

/**
 * Rows as the comparison of the few-labels protocol takes them.
 *
 * @throws DataError if the rows are texts or have no classes: its arms are for columns and classes
 */
export function comparedTable({ source, preparation, layout, parts }: Examples): Table {
  const { answer } = preparation;
  if (preparation.kind === 'texts' || answer?.kind !== 'classes') {
    throw new DataError(
      'no-label',
      `${source.name}: a comparison needs classes and columns or pixels, got ${preparation.kind === 'texts' ? 'texts' : 'no classes'}. Name the column of classes with --label.`,
      source.name,
    );
  }
  const part = (rows: Part) => {
    const { features, answers, rowCount } = takeRows(rows, answeredRows(rows, answer));
    return { features, labels: Int32Array.from(answers), rowCount };
  };
  const [first] = layout.blocks;
  const coded = layout.blocks.every(({ kind, size }) => kind === 'category' && size === first?.size);
  return {
    name: source.name,
    width: layout.width,
    classCount: answer.classNames.length,
    groups: layout.groups,
    maskRatio: layout.maskRatio,
    rebuild: coded ? 'cross-entropy' : 'squared-error',
    train: part(parts.train),
    validation: part(parts.validation),
    test: part(parts.test),
  };
}
