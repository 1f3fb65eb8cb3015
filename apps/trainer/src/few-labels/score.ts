import * as tf from '@tensorflow/tfjs-core';
import { accuracy, balancedAccuracy, logLoss, macroF1, rocAuc } from '@warmstart/training';
import type { Part } from './table.js';

/** How well a classifier does on some rows. */
export interface Score {
  accuracy: number;
  balancedAccuracy: number;
  macroF1: number;
  logLoss: number;
  /** Only for two classes. */
  rocAuc?: number;
}

/** Scores logits [rows, classes] of all rows of a part at once. */
export async function scoreOf(
  part: Part,
  width: number,
  call: (x: tf.Tensor2D) => tf.Tensor,
): Promise<Score> {
  const logits = tf.tidy(() => call(tf.tensor2d(part.features, [part.rowCount, width])));
  const outputs = { data: await logits.data(), shape: logits.shape };
  logits.dispose();
  const { labels } = part;
  return {
    accuracy: accuracy(outputs, labels),
    balancedAccuracy: balancedAccuracy(outputs, labels),
    macroF1: macroF1(outputs, labels),
    logLoss: logLoss(outputs, labels),
    ...(outputs.shape[1] === 2 ? { rocAuc: rocAuc(outputs, labels) } : {}),
  };
}
