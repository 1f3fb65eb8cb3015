import type * as tf from '@tensorflow/tfjs-core';
import type { HasVariables } from '@warmstart/shapes';

/**
 * The parameters of a model that shall learn, by path. Freezing is leaving out: no flag is touched, and what
 * is not selected stays as it is to the bit. Buffers are never selected.
 *
 * @param select - which paths, e.g. `(path) => path.startsWith('head.')`. Default: all
 * @returns in the model's order; the variables stay the model's
 * @throws RangeError if nothing is selected, or two parameters share a path
 */
export function selectVariables(
  model: HasVariables,
  select: (path: string, variable: tf.Variable) => boolean = () => true,
): Map<string, tf.Variable> {
  const selected = new Map<string, tf.Variable>();
  const paths: string[] = [];
  for (const { path, variable, kind } of model.namedVariables()) {
    if (kind !== 'parameter') continue;
    paths.push(path);
    if (!select(path, variable)) continue;
    if (selected.has(path))
      throw new RangeError(`selectVariables: every path must be unique, got ${path} twice.`);
    selected.set(path, variable);
  }
  if (selected.size > 0) return selected;
  const shown = paths.slice(0, 5).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');
  throw new RangeError(
    `selectVariables: at least one parameter must be selected, got none of ${paths.length}: ${shown || 'none there'}. ` +
      'With everything frozen there is nothing to learn.',
  );
}

/** Selects biases only, and everything of the head. @see Ben Zaken et al. 2021, BitFit, arXiv 2106.10199 */
export function biasesAndHead(headPrefix = 'head.'): (path: string) => boolean {
  return (path) => path.startsWith(headPrefix) || path === 'bias' || path.endsWith('.bias');
}
