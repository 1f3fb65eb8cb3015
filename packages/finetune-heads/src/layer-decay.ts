/** What {@link layerDecay} takes. */
export interface LayerDecayOptions {
  /** Rate of a block over the rate of the one above it, in (0, 1]; 0.75 for full fine-tuning. */
  decay: number;
  /**
   * The block a path belongs to; blocks are ordered as they first appear in the paths, input first. Default:
   * the path without its last part, so each layer is a block. Give the model's own `blockOf` if it has one.
   */
  blockOf?: (path: string) => string;
  /** No scale is smaller. Default 0. */
  minimum?: number;
}

/**
 * Smaller steps for deeper layers: the last block keeps the full rate, each one before it gets `decay` times
 * the rate of the next.
 *
 * @param paths - in the order of the layers, e.g. the keys of `selectVariables(model)`
 * @returns scale by path, every path once; give it to the optimizer as `learningRateScales`
 * @throws RangeError for a decay outside (0, 1]
 * @see Howard & Ruder 2018, arXiv 1801.06146 §3.2; Clark et al. 2020, arXiv 2003.10555 (layer-wise decay)
 */
export function layerDecay(paths: Iterable<string>, options: LayerDecayOptions): Map<string, number> {
  const { decay, minimum = 0, blockOf = withoutLastPart } = options;
  if (!(decay > 0 && decay <= 1)) throw new RangeError(`layerDecay: decay must be in (0, 1], got ${decay}.`);
  const blocks = new Map<string, number>();
  const placed: [string, number][] = [];
  for (const path of paths) {
    const block = blockOf(path);
    const depth = blocks.get(block) ?? blocks.size;
    blocks.set(block, depth);
    placed.push([path, depth]);
  }
  return new Map(
    placed.map(([path, depth]) => [path, Math.max(minimum, decay ** (blocks.size - 1 - depth))]),
  );
}

function withoutLastPart(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}
