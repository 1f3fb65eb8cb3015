import {
  add,
  broadcast_util,
  broadcastTo,
  engine,
  type KernelFunc,
  reverse,
  Tensor,
  type TensorInfo,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelChange } from '../kernel-report.js';
import { type KernelRegistry, replaceKernel } from '../replace-kernel.js';
import { filterGradient, imageGradient } from './convolution-gradients.js';
import { einsum } from './einsum.js';
import { product } from './split-product.js';

type BackendName = 'wasm' | 'webgpu' | 'cpu';

/** A kernel made of other kernels, the same on every backend. */
interface ComposedKernel {
  kernelName: string;
  backends: readonly BackendName[];
  reason: string;
  /** Where the backend's own kernel is right but slow. */
  action?: 'replaced';
  run(
    inputs: readonly Tensor[],
    attrs: Record<string, unknown>,
    original: KernelFunc | undefined,
  ): TensorInfo;
}

function composedKernels(): ComposedKernel[] {
  return [
    {
      kernelName: 'Einsum',
      backends: ['wasm', 'cpu', 'webgpu'],
      reason: 'missing on wasm; wrong elsewhere where one operand alone is summed over',
      run: (operands, attrs) => einsum(String(attrs.equation), operands),
    },
    {
      kernelName: 'BatchMatMul',
      backends: ['cpu', 'webgpu'],
      reason: 'wrong where both batches are broadcast; on webgpu, of a long inner axis with b transposed too',
      run: broadcastMatMul,
    },
    {
      kernelName: '_FusedMatMul',
      backends: ['webgpu'],
      reason: 'wrong of a long inner axis with b transposed',
      run: fusedProduct,
    },
    {
      kernelName: 'Conv2DBackpropFilter',
      backends: ['webgpu'],
      action: 'replaced',
      reason: 'one thread per filter value looped over the whole batch; now tiled products',
      run: filterGradient,
    },
    {
      kernelName: 'Conv2DBackpropInput',
      backends: ['webgpu'],
      action: 'replaced',
      reason: 'untiled loops; now the tiled convolution by the filter turned round',
      run: imageGradient,
    },
    {
      kernelName: 'TensorScatterUpdate',
      backends: ['cpu'],
      reason: 'wrote into its input',
      run: scatterIntoCopy,
    },
    {
      kernelName: 'Cumsum',
      backends: ['webgpu'],
      reason: 'wrong when reversed along more than three values',
      run: backwardCumsum,
    },
    {
      kernelName: 'Cast',
      backends: ['webgpu'],
      reason:
        'kept whole numbers under the name float32, which transposing and summing then read as zeros or noise',
      run: castToNumbers,
    },
  ];
}

export function composedKernelNames(): string[] {
  return composedKernels().map(({ kernelName }) => kernelName);
}

function scatterIntoCopy(
  [tensor, indices, updates]: readonly Tensor[],
  attrs: Record<string, unknown>,
  original: KernelFunc | undefined,
): TensorInfo {
  const inputs = { tensor: add(tensor as Tensor, 0), indices, updates };
  const call = { inputs, backend: engine().backend, attrs };
  return (original as KernelFunc)(call as never) as TensorInfo;
}

/** Adds a zero to what became float32 in name only: whole numbers and truth values are then written out as floats. */
function castToNumbers(
  [x]: readonly Tensor[],
  attrs: Record<string, unknown>,
  original: KernelFunc | undefined,
): TensorInfo {
  const call = { inputs: { x }, backend: engine().backend, attrs };
  const renamed = (original as KernelFunc)(call as never) as TensorInfo;
  if (renamed.dtype !== 'float32' || (x as Tensor).dtype === 'float32') return renamed;
  return add(engine().makeTensorFromTensorInfo(renamed), 0);
}

/** Turns the values round, adds them up forwards, and turns them back. */
function backwardCumsum(
  [x]: readonly Tensor[],
  attrs: Record<string, unknown>,
  original: KernelFunc | undefined,
): TensorInfo {
  const axis = Number(attrs.axis);
  const forwards = (input: Tensor): Tensor => {
    const inputs = { inputs: { x: input }, backend: engine().backend, attrs: { ...attrs, reverse: false } };
    return engine().makeTensorFromTensorInfo((original as KernelFunc)(inputs as never) as TensorInfo);
  };
  return attrs.reverse ? reverse(forwards(reverse(x as Tensor, axis)), axis) : forwards(x as Tensor);
}

/** Gives both operands one batch before the backend's own kernel, where they differ. */
function broadcastMatMul(
  [a, b]: readonly Tensor[],
  attrs: Record<string, unknown>,
  original: KernelFunc | undefined,
): TensorInfo {
  const [left, right] = [a as Tensor, b as Tensor];
  const [batchOfA, batchOfB] = [left.shape.slice(0, -2), right.shape.slice(0, -2)];
  const [sizeOfA, sizeOfB] = [util.sizeFromShape(batchOfA), util.sizeFromShape(batchOfB)];
  const multiply = original as KernelFunc;
  const backend = engine().backend;
  if (sizeOfA === 1 || sizeOfB === 1 || util.arraysEqual(batchOfA, batchOfB)) {
    return product(multiply, { inputs: { a: left, b: right }, attrs, backend });
  }
  return tidy(() => {
    const batch = broadcast_util.assertAndGetBroadcastShape(batchOfA, batchOfB);
    const inputs = {
      a: broadcastTo(left, [...batch, ...left.shape.slice(-2)]),
      b: broadcastTo(right, [...batch, ...right.shape.slice(-2)]),
    };
    return multiply({ inputs, backend, attrs: attrs as never }) as Tensor;
  });
}

function fusedProduct(
  [a, b, bias, preluActivationWeights]: readonly (Tensor | undefined)[],
  attrs: Record<string, unknown>,
  original: KernelFunc | undefined,
): TensorInfo {
  const inputs = {
    a: a as Tensor,
    b: b as Tensor,
    ...(bias && { bias }),
    ...(preluActivationWeights && { preluActivationWeights }),
  };
  return product(original as KernelFunc, { inputs, attrs, backend: engine().backend });
}

/** Puts the composed kernels in the place of the backends' where `wanted` says so, and the backends' back elsewhere. */
export function registerComposedKernels(
  registry: KernelRegistry,
  wanted: (kernelName: string) => boolean,
): KernelChange[] {
  const changes: KernelChange[] = [];
  for (const kernel of composedKernels()) {
    const { kernelName, backends, reason } = kernel;
    const chosen = wanted(kernelName);
    for (const backend of backends.filter((name) => registry.findBackendFactory(name))) {
      const action = kernel.action ?? (registry.getKernel(kernelName, backend) ? 'repaired' : 'added');
      replaceKernel(registry, kernelName, backend, chosen ? (original) => bind(kernel, original) : undefined);
      if (chosen) changes.push({ backend, kernelName, action, reason });
    }
  }
  return changes;
}

function bind(kernel: ComposedKernel, original: KernelFunc | undefined): KernelFunc {
  return ({ inputs, attrs }) =>
    tidy(() => {
      // fused kernels get undefined for what they do without
      const tensors = Object.values(inputs).map((input) => input && asTensor(input)) as Tensor[];
      return kernel.run(tensors, attrs ?? {}, original) as Tensor;
    });
}

/** A kernel called by another kernel gets bare infos; as a tensor of ours it holds the values once more. */
function asTensor(info: TensorInfo): Tensor {
  if (info instanceof Tensor) return info;
  engine().backend.incRef(info.dataId);
  return engine().makeTensorFromTensorInfo(info);
}
