import type { OutputSchema, Predictions } from '@warmstart/transfer';

export type PredictionFormat = 'csv' | 'jsonl';

/** The first line of a CSV of predictions. */
export function csvHeader(output: OutputSchema, hasFiles: boolean): string {
  const classNames = output.kind === 'classes' ? output.classNames : [];
  const cells = [
    'row',
    ...(hasFiles ? ['file'] : []),
    'prediction',
    ...classNames.map((name) => `p(${name})`),
  ];
  return `${cells.map(csvCell).join(',')}\n`;
}

/**
 * Predictions of some rows, a line each.
 *
 * @param options.first - rows before these
 * @param options.names - of all rows, e.g. their files
 */
export function predictionLines(
  predictions: Predictions,
  {
    format,
    first,
    names,
  }: { format: PredictionFormat; first: number; names?: readonly string[] | undefined },
): string {
  const lines: string[] = [];
  for (let row = 0; row < predictions.rowCount; row++) {
    const place = { row: first + row + 1, ...(names ? { file: names[first + row] ?? '' } : {}) };
    lines.push(format === 'csv' ? csvLine(predictions, row, place) : jsonLine(predictions, row, place));
  }
  return lines.join('');
}

interface Place {
  /** From 1. */
  row: number;
  file?: string;
}

function jsonLine(predictions: Predictions, row: number, place: Place): string {
  if (predictions.kind === 'number') {
    return `${JSON.stringify({ ...place, prediction: predictions.values[row] })}\n`;
  }
  const { classNames, labels, probabilities } = predictions;
  const byName = classNames.map((name, at) => [name, probabilities[row * classNames.length + at]]);
  return `${JSON.stringify({ ...place, prediction: labels[row], probabilities: Object.fromEntries(byName) })}\n`;
}

function csvLine(predictions: Predictions, row: number, { row: number, file }: Place): string {
  const place = file === undefined ? `${number}` : `${number},${csvCell(file)}`;
  if (predictions.kind === 'number') return `${place},${String(predictions.values[row])}\n`;
  const { classNames, labels, probabilities } = predictions;
  let line = `${place},${csvCell(labels[row] ?? '')}`;
  for (let at = 0; at < classNames.length; at++) {
    line += `,${(probabilities[row * classNames.length + at] ?? Number.NaN).toPrecision(6)}`;
  }
  return `${line}\n`;
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
