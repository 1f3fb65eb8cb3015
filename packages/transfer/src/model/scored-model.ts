import { prepareRows } from '../rows/prepared-rows.js';
import type { RowIndex, Rows } from '../rows/rows.js';
import { scoreOutputs } from '../scores.js';
import type { Task } from '../tuning/task.js';
import type { Model } from './model.js';

/** A model with scores on rows that it has not seen, and those of knowing only class shares or the mean. */
export async function scoredModel(
  model: Model,
  { baseline, outputCount }: Task,
  where: {
    readonly rows: Rows;
    readonly index: RowIndex;
    /** Row numbers, ascending. */
    readonly unseen: Uint32Array;
    readonly reading: { readonly signal?: AbortSignal };
  },
): Promise<Model> {
  const { rows, index, unseen, reading } = where;
  const { output, input } = model.card;
  const isKnown = (row: number) => {
    const value = index.outputs?.[row] ?? Number.NaN;
    return output.kind === 'classes' ? value >= 0 : !Number.isNaN(value);
  };
  const prepared = await prepareRows(rows, input, unseen.filter(isKnown), reading);
  const outputs = await model.outputsOf(prepared, reading.signal);
  const shape = [prepared.rowCount, outputCount];
  const same = Float32Array.from(
    { length: prepared.rowCount * outputCount },
    (_, at) => baseline[at % outputCount] as number,
  );
  const asItIs = output.kind === 'classes' ? { ...output, temperature: 1 } : output;
  return model.withScores(
    scoreOutputs(outputs, prepared.outputs, output),
    scoreOutputs({ data: same, shape }, prepared.outputs, asItIs),
  );
}
