import * as tf from '@tensorflow/tfjs-core';
import { linearHead, withHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/nn';
import type { Terminal } from '../terminal.js';
import { featureCount, makeEncoder } from './encoder.js';
import { readModel } from './model-file.js';
import { loadTable, type Table } from './table.js';

/**
 * A classifier that `finetune` wrote, and the data it was trained on. TensorFlow.js must run.
 *
 * @returns the model, which the caller disposes
 * @throws Error if the file holds something else, naming what
 */
export async function readClassifier(file: string, dataset: string, terminal: Terminal) {
  const { weights, metadata } = await readModel(file, dataset, terminal);
  if (metadata.kind !== 'classifier') {
    throw new Error(
      `${file}: the file must hold a classifier, got an ${metadata.kind}. Run warmstart finetune first.`,
    );
  }
  const table: Table = await loadTable(dataset);
  const head = linearHead(featureCount, table.classCount, { random: seededRandom(0, 'head') });
  const model = withHead(makeEncoder(table, 0), head);
  for (const { path, variable } of model.namedVariables()) {
    const weight = weights.get(path);
    if (!weight || String(weight.shape) !== String(variable.shape)) {
      throw new Error(
        `${file}: ${path} must be [${variable.shape}], got ${weight ? `[${weight.shape}]` : 'none'}.`,
      );
    }
    const value = tf.tensor(weight.data, weight.shape);
    variable.assign(value);
    value.dispose();
  }
  return { model, table };
}
