import type { StateDict } from '@warmstart/shapes';
import { featureCountOf } from '../encoders/architecture.js';
import { TransferError } from '../errors.js';
import { layoutOf } from '../schema/layout.js';
import { outputCount } from '../schema/output-schema.js';
import type { ModelCard } from './model-card.js';

/**
 * Checks that a card and the weights beside it are of one model, before anything is made of them.
 *
 * @throws TransferError `model-file` that names what differs
 */
export function checkWeights(card: ModelCard, weights: StateDict, name: string): void {
  const { architecture, input } = card;
  const { width } = layoutOf(input);
  if (architecture.kind !== 'bert' && architecture.inFeatures !== width) {
    throw unfit(name, `its columns make ${width} features, and its network takes ${architecture.inFeatures}`);
  }
  const prefix = card.kind === 'encoder' ? '' : 'encoder.';
  for (const [path, shape] of [
    ...(architecture.kind === 'mlp'
      ? layersOf(prefix, [architecture.inFeatures, ...architecture.hidden])
      : []),
    ...(card.kind === 'encoder'
      ? []
      : [['head.weight', [outputCount(card.output), featureCountOf(architecture)]] as const]),
  ]) {
    const found = weights.get(path)?.shape;
    if (String(found) === String(shape)) continue;
    throw unfit(name, `${path} must be [${shape}], got ${found ? `[${found}]` : 'none'}`);
  }
}

function layersOf(prefix: string, sizes: readonly number[]): (readonly [string, readonly number[]])[] {
  return sizes
    .slice(1)
    .map((size, at) => [`${prefix}fc${at + 1}.weight`, [size, sizes[at] as number]] as const);
}

function unfit(name: string, what: string): TransferError {
  return new TransferError(
    'model-file',
    `${name}: the model card in the file does not fit the weights: ${what}. Was it edited?`,
    { file: name },
  );
}
