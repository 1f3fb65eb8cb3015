import { classOf, innerLayer, type LayerLike, type LayerWeight } from './layer-shapes.js';

/** A layer that has weights of its own: no model, no wrapper, no recurrence over a cell. */
export interface LeafLayer {
  /** stable dotted path within the model: "dense_1", "bidirectional.forward_layer", "rnn.cell_0" */
  readonly path: string;
  /** names of the layers from the model down, as the model has them: ["base", "conv2d_Conv2D7"] */
  readonly names: readonly string[];
  /** where Keras 3 puts its variables in a weights file: "layers/dense_1/vars" */
  readonly kerasPath: string;
  readonly layer: LayerLike;
  readonly weights: readonly LayerWeight[];
  /** the outermost layer that is not a model: the wrapper or recurrent layer, or the layer itself */
  readonly outer: LayerLike;
}

interface Place {
  path: string;
  names: readonly string[];
  kerasPath: string;
}

/**
 * Every layer of a model that has weights of its own, in the model's order: models inside models, wrappers
 * and recurrent layers are looked into.
 */
export function* leafLayers(
  layers: readonly LayerLike[],
  at: Place = { path: '', names: [], kerasPath: '' },
): Generator<LeafLayer> {
  const counts = new Map<string, number>();
  const classCounts = new Map<string, number>();
  for (const layer of layers) {
    const kerasName = numbered(snakeCase(classOf(layer)), classCounts);
    if (layer.weights.length === 0) continue;
    const automatic = automaticName(layer.name);
    const name = automatic === undefined ? layer.name : numbered(automatic, counts);
    const place = {
      path: at.path ? `${at.path}.${name}` : name,
      names: [...at.names, layer.name],
      kerasPath: `${at.kerasPath ? `${at.kerasPath}/` : ''}layers/${kerasName}`,
    };
    yield* leavesOf(layer, place, layer);
  }
}

/** "dense_Dense7" is the seventh of its class that a process made: its base "dense", or undefined for a name that was given. */
export function automaticName(name: string): string | undefined {
  return /^(.*)_[A-Z][A-Za-z0-9]*?\d+$/.exec(name)?.[1] ?? /^(sequential|model)_?\d+$/.exec(name)?.[1];
}

/** The first is "dense", the third "dense_2": numbering that starts afresh in every model. */
function numbered(base: string, counts: Map<string, number>): string {
  const count = counts.get(base) ?? 0;
  counts.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

/** A class's name as Keras 3 writes it in files: SeparableConv2D is "separable_conv2d", PReLU "p_re_lu". */
function snakeCase(className: string): string {
  if (className === 'Model') return 'functional';
  return className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function* leavesOf(layer: LayerLike, place: Place, outer: LayerLike): Generator<LeafLayer> {
  if (layer.layers) {
    yield* leafLayers(layer.layers, place);
    return;
  }
  const below = (part: string, kerasPart = part): Place => ({
    ...place,
    path: part ? `${place.path}.${part}` : place.path,
    kerasPath: `${place.kerasPath}/${kerasPart}`,
  });
  const [forward, backward] = [innerLayer(layer, 'forwardLayer'), innerLayer(layer, 'backwardLayer')];
  if (classOf(layer) === 'Bidirectional' && forward && backward) {
    yield* leavesOf(forward, below('forward_layer'), outer);
    yield* leavesOf(backward, below('backward_layer'), outer);
    return;
  }
  const wrapped = classOf(layer) === 'TimeDistributed' ? innerLayer(layer, 'layer') : undefined;
  const cell = innerLayer(layer, 'cell');
  if (wrapped) yield* leavesOf(wrapped, below('', 'layer'), outer);
  else if (cell) yield* cellsOf(cell, below('', 'cell'), outer);
  else
    yield {
      ...place,
      kerasPath: `${place.kerasPath}/vars`,
      layer,
      weights: layer.weights,
      outer,
    };
}

/** The cells of a recurrent layer; one alone goes by the layer's own path. */
function* cellsOf(cell: LayerLike, place: Place, outer: LayerLike): Generator<LeafLayer> {
  const cells = (cell as { cells?: readonly LayerLike[] }).cells;
  const leaf = { names: place.names, outer };
  if (!cells) {
    yield {
      ...leaf,
      path: place.path,
      kerasPath: `${place.kerasPath}/vars`,
      layer: cell,
      weights: cell.weights,
    };
    return;
  }
  const counts = new Map<string, number>();
  for (const [index, one] of cells.entries()) {
    yield {
      ...leaf,
      path: `${place.path}.cell_${index}`,
      kerasPath: `${place.kerasPath}/cells/${numbered(snakeCase(classOf(one)), counts)}/vars`,
      layer: one,
      weights: one.weights,
    };
  }
}

/** The last part of a weight's name: "kernel". */
export function roleOf(weight: LayerWeight): string {
  return weight.originalName.split('/').at(-1) ?? weight.originalName;
}
