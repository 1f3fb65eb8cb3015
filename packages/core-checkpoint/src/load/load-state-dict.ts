import { tensor as makeTensor, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { castProblem, castTensor } from '../tensors/cast-tensor.js';
import { dtypeNamed, type TypedArray } from '../tensors/dtypes.js';
import { checkStateDict, checkTensor, type NamedTensor, type StateDict } from '../tensors/named-tensor.js';
import { permuteAxes } from '../tensors/permute-axes.js';
import { type Convention, recognise } from './conventions.js';
import {
  type HasVariables,
  type NamedVariable,
  pytorchShape,
  unfoldedShape,
  variablesOf,
} from './has-variables.js';
import {
  LoadReport,
  type MismatchedTensor,
  matchKeys,
  StateDictMismatchError,
  type TensorOutline,
} from './load-report.js';
import { type KeySelection, selectKeys } from './rename-keys.js';

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
 * widths and integers that keep their value are converted, and the report says so. A model that knows other
 * names of its weights, as `layersModel(model)` does, takes files by those too, and the report says so.
 *
 * @param dict - PyTorch's names and layouts; not changed, not kept
 * @returns what was loaded; prints as `<All keys matched successfully>`
 * @throws TypeError if the model cannot name its variables, or `dict` is not a Map
 * @throws StateDictMismatchError if names or shapes disagree; always if nothing matched
 * @see torch.nn.Module.load_state_dict
 */
export function loadStateDict(
  model: HasVariables & { readonly conventions?: readonly Convention[] },
  dict: StateDict,
  options: LoadOptions = {},
): LoadReport {
  const { strict, onMismatch, ...selection } = options;
  checkStateDict('loadStateDict', dict);
  const variables = variablesByPath('loadStateDict', model);
  const selected = selectKeys(dict, selection);
  const known = recognise(outlinesOf(variables), selected, model.conventions ?? []);
  return writeStateDict(variables, known?.dict ?? selected, {
    strict,
    onMismatch,
    notes: known ? [known.note] : [],
  });
}

/** How a dict is written whose names are the model's. */
export interface WriteOptions {
  strict?: boolean | undefined;
  onMismatch?: LoadOptions['onMismatch'];
  /** what was done to the names before */
  notes?: readonly string[];
  leftOut?: readonly string[];
  /** names that may keep the model's values */
  mayLack?: (key: string) => boolean;
}

/** Judges, then writes: the end of every load. */
export function writeStateDict(
  variables: ReadonlyMap<string, NamedVariable>,
  dict: StateDict,
  { strict = true, onMismatch = 'error', notes = [], leftOut = [], mayLack }: WriteOptions,
): LoadReport {
  const outlines = outlinesOf(variables);
  const chosen = fitAll(dict, outlines, onMismatch);
  for (const [key, tensor] of chosen) checkTensor('loadStateDict', key, tensor);
  const judged = judge(variables, outlines, chosen);
  const report = new LoadReport({
    ...judged,
    missing: judged.missing.filter((key) => !mayLack?.(key)),
    kept: [...judged.kept, ...judged.missing.filter((key) => mayLack?.(key))],
    leftOut: [...judged.leftOut, ...leftOut],
    notes: [...notes, ...judged.notes],
  });
  const refused =
    report.matched.length === 0 ||
    (onMismatch === 'error' && report.mismatched.length > 0) ||
    (strict && report.missing.length + report.unexpected.length > 0);
  if (refused && !(outlines.length === 0 && chosen.size === 0)) throw new StateDictMismatchError(report);
  write([...variables.values()], new Set(report.matched), chosen);
  return report;
}

/** @throws RangeError if two variables go by one path */
export function variablesByPath(caller: string, model: HasVariables): Map<string, NamedVariable> {
  const variables = new Map<string, NamedVariable>();
  for (const named of variablesOf(caller, model)) {
    if (variables.has(named.path)) {
      throw new RangeError(`${caller}: each variable must have its own path, got ${named.path} twice.`);
    }
    variables.set(named.path, named);
  }
  return variables;
}

/** What a model has, as a file would name and shape it. */
export function outlinesOf(variables: ReadonlyMap<string, NamedVariable>): TensorOutline[] {
  return [...variables.values()].flatMap((named) => {
    const outline = { dtype: named.dtype ?? named.variable.dtype, shape: pytorchShape(named) };
    return [named.path, ...(named.addends ?? [])].map((key) => ({ key, ...outline }));
  });
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
  const owners = new Map(
    [...variables.values()].flatMap((named) =>
      [named.path, ...(named.addends ?? [])].map((key) => [key, named]),
    ),
  );
  const matched: string[] = [];
  const cast: { key: string; from: string; to: string }[] = [];
  const mismatched: MismatchedTensor[] = [...byName.mismatched];
  for (const key of byName.matched) {
    const [named, tensor] = [owners.get(key), dict.get(key)];
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
function write(variables: readonly NamedVariable[], matched: ReadonlySet<string>, dict: StateDict): void {
  const made: [Variable, Tensor][] = [];
  try {
    for (const named of variables) {
      const parts = [named.path, ...(named.addends ?? [])].filter((key) => matched.has(key));
      const tensors = parts.flatMap((key) => dict.get(key) ?? []);
      const [first, ...others] = tensors;
      if (!first) continue;
      made.push([named.variable, runningTensor(named, others.length > 0 ? summed(tensors) : first)]);
    }
    for (const [variable, value] of made) variable.assign(value);
  } finally {
    for (const [, value] of made) value.dispose();
  }
}

function summed(tensors: readonly NamedTensor[]): NamedTensor {
  const [first, ...others] = tensors.map((tensor) => castTensor(tensor, 'float32') as Float32Array);
  const sum = first ?? new Float32Array();
  for (const values of others) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0);
  return { dtype: 'float32', shape: tensors[0]?.shape ?? [], data: sum };
}

/** Always on memory of its own: tfjs keeps the array it is given on the CPU backend. */
function runningTensor(named: NamedVariable, tensor: NamedTensor): Tensor {
  const { variable, layout } = named;
  const { dtype } = variable;
  const cast = tensor.dtype === dtype && layout ? tensor.data : castTensor(tensor, dtype);
  const data: TypedArray = layout ? permuteAxes(dtypeNamed(dtype), cast, unfoldedShape(named), layout) : cast;
  return makeTensor(data as Float32Array | Int32Array | Uint8Array, variable.shape, dtype);
}
