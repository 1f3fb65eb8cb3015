import { columnRebuilder } from './column-rebuilder.js';
import type { Rebuilder, RebuilderOptions } from './rebuilder.js';
import { textRebuilder } from './text-rebuilder.js';

/** New weights for the kind of rows at hand: fully connected for columns and pixels, a transformer for texts. */
export function newRebuilder(options: RebuilderOptions): Rebuilder {
  const { input } = options;
  return input.kind === 'texts' ? textRebuilder(options, input) : columnRebuilder(options);
}
