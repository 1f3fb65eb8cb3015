import { TransferError } from '../errors.js';
import type { Rows, UnknownPolicy } from '../rows/rows.js';
import type { OutputSchema } from './output-schema.js';

/**
 * What rows say of the label, in the terms of a model: classes are matched by name, never by number.
 *
 * @param outputs - as the rows have them
 * @returns classes of the model, or numbers; NaN where unknown
 * @throws TransferError `no-label` without labels, `other-data` for a label of another kind, `unknown-value` for a class
 *   that is not among the model's, unless such rows are to count as unlabelled
 */
export function matchOutputs(
  { name, output }: Pick<Rows, 'name' | 'output'>,
  outputs: Float64Array | undefined,
  schema: OutputSchema,
  unknown: UnknownPolicy = 'error',
): { truth: Float64Array; notes: string[] } {
  if (!output || !outputs) {
    throw new TransferError(
      'no-label',
      `${name}: to score a model, the rows must have its label, ${JSON.stringify(schema.column)}, got none. Use predict for rows without labels.`,
      { file: name },
    );
  }
  if (output.kind === 'number' && schema.kind === 'number') return { truth: outputs, notes: [] };
  if (output.kind === 'number' || schema.kind === 'number') {
    const word = (kind: string) => (kind === 'number' ? 'a number' : 'a class');
    throw new TransferError(
      'other-data',
      `${name}: the model predicts ${word(schema.kind)}, but column ${JSON.stringify(output.column)} holds ${output.kind === 'number' ? 'numbers' : 'classes'}. Set task to ${schema.kind}.`,
      { file: name },
    );
  }
  const places = output.classNames.map((className) => schema.classNames.indexOf(className));
  const truth = new Float64Array(outputs.length).fill(Number.NaN);
  const strangers = new Map<string, number>();
  outputs.forEach((label, row) => {
    if (label < 0) return;
    const place = places[label] as number;
    if (place >= 0) truth[row] = place;
    else {
      const stranger = output.classNames[label] as string;
      strangers.set(stranger, (strangers.get(stranger) ?? 0) + 1);
    }
  });
  if (strangers.size === 0) return { truth, notes: [] };
  const list = [...strangers].slice(0, 5).map(([className, count]) => `${className} (${count})`);
  const shown = list.join(', ') + (strangers.size > 5 ? ` and ${strangers.size - 5} more` : '');
  const what = `rows of classes that the model does not know: ${shown}`;
  if (unknown === 'missing') return { truth, notes: [`not scored, ${what}`] };
  throw new TransferError(
    'unknown-value',
    `${name}: ${what}. Its classes are ${schema.classNames.join(', ')}. Correct the labels, or leave such rows out with unknown: 'missing'.`,
    { file: name },
  );
}
