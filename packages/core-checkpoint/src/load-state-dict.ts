import { tensor as makeTensor, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { type HasVariables, type NamedVariable, pytorchShape, variablesOf } from './has-variables.js';
import {
  LoadReport,
  type MismatchedTensor,
  matchKeys,
  StateDictMismatchError,
  type TensorOutline,
} from './load-report.js';
import { type KeySelection, selectKeys } from './rename-keys.js';
import { castProblem, castTensor } from './tensors/cast-tensor.js';
import { dtypeNamed } from './tensors/dtypes.js';
import { checkStateDict, checkTensor, type NamedTensor, type StateDict } from './tensors/named-tensor.js';
import { permuteAxes } from './tensors/permute-axes.js';

/** How strict a load is. */
export interface LoadOptions extends KeySelection {
  /** false: names on one side only are reported, not refused. Default true. */
  strict?: boolean;
  /**
   * What to do with a tensor of another shape, or whose values do not fit: refuse the load (default),
   * leave the model's own, or make it fit.
   */
  onMismatch?: 'error' | 'skip' | FitTensor;
}

/** Makes a tensor fit the model's shape; undefined leaves the model's own. */
export type FitTensor = (tensor: NamedTensor, wanted: TensorOutline) => NamedTensor | undefined;

/**
 * Copies tensors into a model's variables of the same path.
 *
 * Everything is checked before anything is written: on error the model is unchanged. Floats of other
 * widths and integers that keep their value are converted, and the report says so.
 *
 * @param dict - PyTorch's names and layouts; not changed, not kept
 * @returns what was loaded; prints as `<All keys matched successfully>`
 * @throws TypeError if the model cannot name its variables, or `dict` is no Map
 * @throws StateDictMismatchError if names or shapes disagree; always if nothing matched
 * @see torch.nn.Module.load_state_dict
 */
export function loadStateDict(model: HasVariables, dict: StateDict, options: LoadOptions = {}): LoadReport {
  const { strict = true, onMismatch = 'error', ...selection } = options;
  checkStateDict('loadStateDict', dict);
  const variables = variablesByPath(model);
  const outlines = [...variables.values()].map(outlineOf);
  const chosen = fitAll(selectKeys(dict, selection), outlines, onMismatch);
  for (const [key, tensor] of chosen) checkTensor('loadStateDict', key, tensor);
  const report = judge(variables, outlines, chosen);
  const refused =
    report.matched.length === 0 ||
    (onMismatch === 'error' && report.mismatched.length > 0) ||
    (strict && report.missing.length + report.unexpected.length > 0);
  if (refused && !(outlines.length === 0 && chosen.size === 0)) throw new StateDictMismatchError(report);
  write(report.matched.map((key) => [variables.get(key), chosen.get(key)] as [NamedVariable, NamedTensor]));
  return report;
}

function variablesByPath(model: HasVariables): Map<string, NamedVariable> {
  const variables = new Map<string, NamedVariable>();
  for (const named of variablesOf('loadStateDict', model)) {
    if (variables.has(named.path)) {
      throw new RangeError(`loadStateDict: each variable must have its own path, got ${named.path} twice.`);
    }
    variables.set(named.path, named);
  }
  return variables;
}

function outlineOf(named: NamedVariable): TensorOutline {
  return { key: named.path, dtype: named.dtype ?? named.variable.dtype, shape: pytorchShape(named) };
}

function fitAll(
  dict: StateDict,
  outlines: readonly TensorOutline[],
  onMismatch: LoadOptions['onMismatch'],
): StateDict {
  if (typeof onMismatch !== 'function') return dict;
  const wanted = new Map(outlines.map((outline) => [outline.key, outline]));
  return new Map(
    [...dict].map(([key, tensor]) => {
      const outline = wanted.get(key);
      const same = !outline || `${outline.shape}` === `${tensor.shape}`;
      return [key, (same ? undefined : onMismatch(tensor, outline)) ?? tensor];
    }),
  );
}

/** Compares names and shapes, then values against what the variables can hold. */
function judge(
  variables: ReadonlyMap<string, NamedVariable>,
  outlines: readonly TensorOutline[],
  dict: StateDict,
): LoadReport {
  const byName = matchKeys(
    outlines,
    [...dict].map(([key, { dtype, shape }]) => ({ key, dtype, shape })),
  );
  const matched: string[] = [];
  const cast: { key: string; from: string; to: string }[] = [];
  const mismatched: MismatchedTensor[] = [...byName.mismatched];
  for (const key of byName.matched) {
    const [named, tensor] = [variables.get(key), dict.get(key)];
    if (!named || !tensor) continue;
    const reason = castProblem(tensor, named.variable.dtype);
    if (reason) {
      mismatched.push({ key, model: pytorchShape(named), checkpoint: tensor.shape, reason });
      continue;
    }
    matched.push(key);
    const expected = named.dtype ?? named.variable.dtype;
    if (tensor.dtype !== expected) cast.push({ key, from: tensor.dtype, to: expected });
  }
  return new LoadReport({ ...byName, matched, mismatched, cast });
}

/** All new values exist before the first is assigned: a backend out of memory leaves the model as it was. */
function write(pairs: readonly (readonly [NamedVariable, NamedTensor])[]): void {
  const made: [Variable, Tensor][] = [];
  try {
    for (const [named, tensor] of pairs) made.push([named.variable, runningTensor(named, tensor)]);
    for (const [variable, value] of made) variable.assign(value);
  } finally {
    for (const [, value] of made) value.dispose();
  }
}

/** Always on memory of its own: tfjs keeps the array it is given on the CPU backend. */
function runningTensor({ variable, layout }: NamedVariable, tensor: NamedTensor): Tensor {
  const { dtype } = variable;
  const cast = tensor.dtype === dtype && layout ? tensor.data : castTensor(tensor, dtype);
  const data = layout ? permuteAxes(dtypeNamed(dtype), cast, tensor.shape, layout) : cast;
  return makeTensor(data as Float32Array | Int32Array | Uint8Array, variable.shape, dtype);
}
