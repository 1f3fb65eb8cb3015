import { loadStateDict } from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';
import { newClassifier, outputs, probabilities } from './classifier.js';
import { pictureRows } from './pictures.js';
import type { Table } from './table.js';

/** New rows, in whichever form they come. Plain data. */
export type PredictInput =
  /** [rows, width], in the order of the columns, as they are in the file */
  | { kind: 'values'; values: Float32Array }
  | { kind: 'pixels'; pixels: Uint8Array }
  | { kind: 'file'; file: Blob; name: string }
  /** all rows of the source itself, in their order */
  | { kind: 'source' };

/**
 * Class probabilities of each new row.
 *
 * @throws Error in plain words if the rows are not like those that were learned from
 */
export async function predict(
  table: Table,
  classifier: StateDict,
  classCount: number,
  input: PredictInput,
): Promise<Float32Array> {
  const { width } = table;
  const features = table.scale(await featuresOf(table, input));
  const model = await newClassifier({ width, classCount, seed: 0 });
  try {
    await loadStateDict(model, classifier);
    return probabilities(await outputs(model, { features, rowCount: features.length / width }, width));
  } finally {
    model.dispose();
  }
}

async function featuresOf(table: Table, input: PredictInput): Promise<Float32Array> {
  const { raw, width } = table;
  switch (input.kind) {
    case 'source':
      return (await preparedRows(table)).features;
    case 'pixels':
      return pictureRows(input.pixels);
    case 'file':
      if (!raw.readFile)
        throw new Error(
          'These rows come from no table of names and numbers, so no other can be read like it.',
        );
      return raw.readFile(input.file, input.name);
    case 'values':
      if (!raw.readValues || input.values.length !== width) {
        throw new RangeError(`A row has ${width} values here, got ${input.values.length}.`);
      }
      return raw.readValues(input.values);
  }
}

/** All rows of a source in their order, filled and logged as the page does, not yet scaled. */
export async function preparedRows({ raw: { dataset }, width }: Table) {
  const { features, label } = (await dataset.collect()).columns;
  if (!(features instanceof Float32Array) || !(label instanceof Int32Array)) {
    throw new TypeError('preparedRows: a table must have float32 features and int32 classes.');
  }
  return { features, labels: label, width };
}
