import { sharpDecoder } from '../node/sharp-decoder.js';
import { nodeBuiltin } from '../node-builtins.js';
import { canvasDecoder } from './canvas-decoder.js';
import type { ImageDecoder, OrientationOptions } from './decode-images.js';

/**
 * The decoder for where the program runs: `sharp` in Node, a canvas in browsers and their workers.
 *
 * @throws DatasetError `missing-peer` in Node without the package sharp
 */
export async function imageDecoder(
  options: { readonly pixels?: number } & OrientationOptions = {},
): Promise<ImageDecoder> {
  return nodeBuiltin('node:module') === undefined ? canvasDecoder(options) : sharpDecoder(options);
}
