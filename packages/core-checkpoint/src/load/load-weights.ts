import type { Checkpoint, StateDictOptions } from '../checkpoint.js';
import { checkStateDict, type StateDict } from '../tensors/named-tensor.js';
import { type Alignment, type AlignOptions, planWeights } from './align-weights.js';
import type { Convention } from './conventions.js';
import type { HasVariables } from './has-variables.js';
import { LoadReport, matchKeys, type TensorOutline } from './load-report.js';
import { type LoadOptions, outlinesOf, variablesByPath, writeStateDict } from './load-state-dict.js';

/** How a file's weights are brought into a model. */
export interface WeightsOptions
  extends AlignOptions,
    Pick<LoadOptions, 'strict' | 'onMismatch'>,
    Pick<StateDictOptions, 'at' | 'signal'> {}

/**
 * Loads a published or a person's own file into a network, whatever its training left in the names: prefixes of
 * wrappers and of branches (`module.`, `_orig_mod.`, `state_dict.`, `module.encoder_q.`), another library's
 * naming, a head for other classes. The report says each thing that was done, in `notes`; only tensors that are
 * of use are read. All of the network but its heads must be there, as for `loadStateDict`.
 *
 * @example
 * const report = await loadWeights(model, await open('mine.pt'), { heads: ['fc'] });
 * console.log(String(report)); // 120 of 122 keys matched … the head `fc` was left out
 *
 * @param source - an opened file, or a dict; `at` chooses a branch of a file
 * @throws StateDictMismatchError if tensors beside the heads are missing, unknown or of other shapes
 * @throws RangeError or CheckpointError if a rule of the selection matches nothing
 */
export async function loadWeights(
  model: HasVariables & { readonly conventions?: readonly Convention[] },
  source: StateDict | Checkpoint,
  options: WeightsOptions = {},
): Promise<LoadReport> {
  const { strict, onMismatch, at, signal, ...align } = options;
  const variables = variablesByPath('loadWeights', model);
  const aligned = await readWeights(outlinesOf(variables), source, {
    conventions: model.conventions ?? [],
    ...align,
    at,
    signal,
  });
  const { dict, kept, leftOut, notes } = aligned;
  return writeStateDict(variables, dict, {
    strict,
    onMismatch,
    notes,
    leftOut,
    mayLack: (key) => kept.has(key),
  });
}

/**
 * Reads a file's tensors under a model's names, as `loadWeights` does, without a model to write them into: for
 * networks whose sizes are still to be read off the tensors. Names alone are enough to find them.
 *
 * @param wanted - names and shapes of the model, e.g. `modelKeys('bert_base')`
 * @returns the tensors, and in `notes` what was done
 */
export async function readWeights(
  wanted: readonly TensorOutline[],
  source: StateDict | Checkpoint,
  { at, signal, ...align }: AlignOptions & Pick<StateDictOptions, 'at' | 'signal'> = {},
): Promise<Alignment> {
  const outlines = isCheckpoint(source) ? source.outlines({ at }) : outlinesOfDict(source);
  const plan = planWeights(wanted, outlines, align);
  const taken = isCheckpoint(source)
    ? await source.stateDict({ at, include: plan.takes, signal })
    : new Map([...source].filter(([key]) => plan.takes(key)));
  return plan.apply(taken);
}

/**
 * The report that `loadWeights` would give, from names and shapes alone: nothing is read or written.
 *
 * @param wanted - what the model has, e.g. `modelKeys('resnet50')`
 * @param outlines - what the file has: `checkpoint.outlines()`
 */
export function matchWeights(
  wanted: readonly TensorOutline[],
  outlines: readonly TensorOutline[],
  options: AlignOptions = {},
): LoadReport {
  const plan = planWeights(wanted, outlines, options);
  const standIns: StateDict = new Map();
  for (const { key, dtype, shape } of outlines) {
    if (plan.takes(key)) standIns.set(key, { dtype, shape, data: new Float32Array(0) });
  }
  return reportOf(wanted, plan.apply(standIns));
}

function reportOf(wanted: readonly TensorOutline[], { dict, kept, leftOut, notes }: Alignment): LoadReport {
  const report = matchKeys(wanted, outlinesOfDict(dict));
  return new LoadReport({
    ...report,
    missing: report.missing.filter((key) => !kept.has(key)),
    kept: [...report.kept, ...report.missing.filter((key) => kept.has(key))],
    leftOut: [...report.leftOut, ...leftOut],
    notes,
  });
}

function isCheckpoint(source: StateDict | Checkpoint): source is Checkpoint {
  return 'outlines' in source;
}

function outlinesOfDict(dict: StateDict): TensorOutline[] {
  checkStateDict('loadWeights', dict);
  return [...dict].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
}
