import * as tf from '@tensorflow/tfjs-core';
import { autoencoder } from '@warmstart/models';
import type { Random } from '@warmstart/shapes';
import { hideValues, sampleMaskValues } from '@warmstart/ssl-masking';
import type { PreparedRows } from '../rows/prepared-rows.js';
import { type Layout, layoutOf } from '../schema/layout.js';
import { rebuildLoss } from './rebuild-loss.js';
import type { HiddenRows, Rebuilder, RebuilderOptions } from './rebuilder.js';

/** Rebuilds hidden columns, genes or pixels by an autoencoder of fully connected layers. */
export function columnRebuilder({ input, train, hidden, maskRatio, random }: RebuilderOptions): Rebuilder {
  const layout = layoutOf(input);
  const ratio = maskRatio ?? layout.maskRatio;
  const model = autoencoder({ inFeatures: layout.width, hidden, random });
  const baseline = baselineRow(train, layout);
  const lossOf = ({ input, target, mask }: HiddenRows, predict: (input: tf.Tensor2D) => tf.Tensor) =>
    tf.tidy(() => rebuildLoss(predict(input), target, mask, layout.blocks));
  return {
    architecture: { kind: 'mlp', inFeatures: layout.width, hidden: [...hidden] },
    encoder: model.encoder,
    model,
    hide: (rows, draw) => tf.tidy(() => hideColumns(rows, layout, ratio, draw)),
    canHide: (rows, row) => hasTwoKnownValues(rows, row, layout),
    loss: (rows, callOptions) => lossOf(rows, (input) => model.call(input, callOptions)),
    baselineLoss: (rows) =>
      lossOf(rows, ({ shape }) => tf.tile(tf.tensor2d(baseline, [1, layout.width]), [shape[0], 1])),
    async rebuild(rows, draw) {
      const { mask, rebuilt } = tf.tidy(() => {
        const hiddenRows = hideColumns(rows, layout, ratio, draw);
        return { mask: tf.cast(hiddenRows.mask, 'int32'), rebuilt: model.call(hiddenRows.input) };
      });
      const result = {
        hidden: Uint8Array.from(await mask.data()),
        rebuilt: Float32Array.from(await rebuilt.data()),
      };
      tf.dispose([mask, rebuilt]);
      return result;
    },
  };
}

function hideColumns(
  { features, rowCount, known }: PreparedRows,
  layout: Layout,
  ratio: number,
  random: Random,
): HiddenRows {
  const shape: [number, number] = [rowCount, layout.width];
  const target = tf.tensor2d(features, shape);
  const { groups } = layout;
  const hidden = sampleMaskValues(shape, ratio, random, { groups, ...(known ? { eligible: known } : {}) });
  const mask = tf.tensor2d(hidden, shape, 'bool');
  return { target, mask, input: hideValues(target, mask) };
}

function hasTwoKnownValues({ known, width }: PreparedRows, row: number, { groups }: Layout): boolean {
  let count = 0;
  for (const [first = 0] of groups) {
    if (known?.[row * width + first] !== 0 && ++count === 2) return true;
  }
  return false;
}

/** Zero for a number, which is its mean; for a category or indicator the log odds or log share of each value. */
function baselineRow({ features, rowCount }: PreparedRows, { width, blocks }: Layout): Float32Array {
  const baseline = new Float32Array(width);
  for (const { kind, start, size } of blocks) {
    if (kind === 'numeric') continue;
    for (let column = start; column < start + size; column++) {
      let count = 0;
      for (let row = 0; row < rowCount; row++) count += features[row * width + column] as number;
      const share = (count + 0.5) / (rowCount + 1);
      baseline[column] = kind === 'binary' ? Math.log(share / (1 - share)) : Math.log(share);
    }
  }
  return baseline;
}
