import type { StateDict } from '../tensors/named-tensor.js';
import type { LayersModelLike } from './layer-shapes.js';
import { leafLayers, roleOf } from './layer-tree.js';

/** A model as TensorFlow.js keeps it in a folder: its architecture, and its weights by the names it looks for. */
export interface TfjsLayersModel {
  readonly topology: unknown;
  readonly dict: StateDict;
}

/**
 * Puts weights by the stable paths of `layersModel(model)` under the names that `tf.loadLayersModel` looks for.
 *
 * @param dict - of `await stateDict(layersModel(model))`: each of the model's weights, and no other
 * @throws RangeError if the dict is of another model, or two layers have one name
 * @throws TypeError if the model cannot tell its architecture
 */
export function tfjsLayersModel(model: LayersModelLike, dict: StateDict): TfjsLayersModel {
  if (typeof model?.toJSON !== 'function')
    throw new TypeError('save: layersModel must be a tf.LayersModel, got one without toJSON().');
  const named: StateDict = new Map();
  const known = new Set<string>();
  for (const { path, weights } of leafLayers(model.layers)) {
    for (const weight of weights) {
      const key = `${path}.${roleOf(weight)}`;
      const tensor = dict.get(key);
      if (!tensor || `${tensor.shape}` !== `${weight.shape}`)
        throw otherModel(key, weight.shape, tensor?.shape);
      if (named.has(weight.originalName)) {
        throw new RangeError(
          `save: tf.loadLayersModel needs a name of its own for each weight, got ${weight.originalName} twice. Give the two layers different names.`,
        );
      }
      known.add(key);
      named.set(weight.originalName, tensor);
    }
  }
  const stranger = [...dict.keys()].find((key) => !known.has(key));
  if (stranger !== undefined)
    throw new RangeError(`save: layersModel must have every weight of the dict, got ${stranger} too many.`);
  return { topology: model.toJSON(null, false), dict: named };
}

function otherModel(key: string, wanted: readonly unknown[], got: readonly number[] | undefined): RangeError {
  return new RangeError(
    `save: the dict must have ${key} [${wanted}] of layersModel, got ${got ? `[${got}]` : 'none'}. Pass await stateDict(layersModel(model)), by Keras's names.`,
  );
}
