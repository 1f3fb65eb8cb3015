import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { ACTIVATION, activated } from './activations.js';
import { activationOf } from './following-activation.js';
import { input, requireFloat32, type WasmCall, type WasmKernel } from './kernel.js';

/** Kernels that stock TensorFlow.js has no name for; fused-ops/ calls them where they are registered. */
export function fusedKernels(): WasmKernel[] {
  return [
    fused('WarmstartLinear', 'product, bias and activation in one pass', linear),
    fused('WarmstartActivationGradient', 'gradient of relu, relu6 and GELU in one pass', activationGradient),
    fused('WarmstartGelu', 'GELU in one pass', gelu),
    fused('WarmstartLayerNorm', 'layer normalisation in one pass', layerNorm),
    fused('WarmstartLayerNormGradient', 'its three gradients in one pass', layerNormGradient),
    fused('WarmstartBatchNorm', 'batch normalisation in training without full-size intermediates', batchNorm),
    fused(
      'WarmstartBatchNormGradient',
      'its three gradients without full-size intermediates',
      batchNormGradient,
    ),
    fused('WarmstartSoftmaxCrossEntropy', 'loss and gradient in one pass', softmaxCrossEntropy),
    fused('WarmstartMaskedError', 'loss and gradient in one pass', maskedError),
  ];
}

function fused(kernelName: string, reason: string, run: WasmKernel['run']): WasmKernel {
  return { kernelName, action: 'added', reason, run };
}

/** "x", "gain", … as pointers, all float32. */
function pointers(call: WasmCall, names: readonly string[]): number[] {
  const tensors = names.map((name) => input(call, name));
  requireFloat32(`fused kernel of ${names.join(', ')}`, tensors);
  return tensors.map((tensor) => call.heap.pointer(tensor));
}

/** x seen as rows of its last axis. */
function rowsOf({ shape }: TensorInfo): { rows: number; length: number } {
  const length = shape.at(-1) ?? 1;
  return { rows: util.sizeFromShape(shape.slice(0, -1)), length };
}

function linear(call: WasmCall): TensorInfo {
  const { heap, inputs, attrs } = call;
  const [x, weight] = [input(call, 'x'), input(call, 'weight')];
  requireFloat32('linear', inputs.bias ? [x, weight, inputs.bias] : [x, weight]);
  const { rows, length } = rowsOf(x);
  const columns = weight.shape[0] ?? 0;
  const y = heap.output([...x.shape.slice(0, -1), columns]);
  heap.multiply({
    ...{ rows, columns, depth: length },
    ...{ a: heap.pointer(x), aStride: length, aTransposed: false },
    ...{ b: heap.pointer(weight), bStride: length, bTransposed: true },
    ...{ c: heap.pointer(y), cStride: columns },
    bias: inputs.bias ? heap.pointer(inputs.bias) : 0,
    activation: activationOf('linear', attrs.activation).riding,
  });
  return y;
}

function gelu(call: WasmCall): TensorInfo {
  return activated(call, 'gelu', call.attrs.approximate === 'tanh' ? ACTIVATION.geluTanh : ACTIVATION.gelu);
}

/** `x` is what GELU was given, or what relu and relu6 gave. */
function activationGradient(call: WasmCall): TensorInfo {
  const { heap, attrs } = call;
  const x = input(call, 'x');
  const [at, dy] = pointers(call, ['x', 'dy']) as [number, number];
  const dx = heap.output(x.shape);
  const kind = ACTIVATION[attrs.activation as keyof typeof ACTIVATION];
  heap.kernels.activationGradient(kind, at, dy, util.sizeFromShape(x.shape), heap.pointer(dx));
  return dx;
}

function layerNorm(call: WasmCall): TensorInfo[] {
  const { heap, attrs } = call;
  const x = input(call, 'x');
  const [from, gain, bias] = pointers(call, ['x', 'gain', 'bias']) as [number, number, number];
  const { rows, length } = rowsOf(x);
  const outputs = [heap.output(x.shape), heap.output([rows]), heap.output([rows])];
  const [y, means, scales] = outputs.map((output) => heap.pointer(output)) as [number, number, number];
  heap.kernels.layerNorm(from, gain, bias, rows, length, Number(attrs.epsilon), y, means, scales);
  return outputs;
}

function layerNormGradient(call: WasmCall): TensorInfo[] {
  const { heap } = call;
  const x = input(call, 'x');
  const { rows, length } = rowsOf(x);
  const names = ['x', 'gain', 'dy', 'means', 'scales'];
  const [from, gain, dy, means, scales] = pointers(call, names) as [number, number, number, number, number];
  const outputs = [heap.output(x.shape), heap.zeros([length]), heap.zeros([length])];
  const [dx, dGain, dBias] = outputs.map((output) => heap.pointer(output)) as [number, number, number];
  heap.kernels.layerNormGradient(from, gain, dy, rows, length, means, scales, dx, dGain, dBias);
  return outputs;
}

function batchNorm(call: WasmCall): TensorInfo[] {
  const { heap, attrs } = call;
  const x = input(call, 'x');
  const [from, gain, bias] = pointers(call, ['x', 'gain', 'bias']) as [number, number, number];
  const { rows, length } = rowsOf(x);
  const outputs = [x.shape, [length], [length], [length]].map((shape) => heap.output(shape));
  const [y, means, variances, scales] = outputs.map((output) => heap.pointer(output)) as [
    number,
    number,
    number,
    number,
  ];
  const epsilon = Number(attrs.epsilon);
  heap.kernels.batchNorm(from, gain, bias, rows, length, epsilon, y, means, variances, scales);
  return outputs;
}

function batchNormGradient(call: WasmCall): TensorInfo[] {
  const { heap } = call;
  const x = input(call, 'x');
  const { rows, length } = rowsOf(x);
  const names = ['x', 'gain', 'dy', 'means', 'scales'];
  const [from, gain, dy, means, scales] = pointers(call, names) as [number, number, number, number, number];
  const outputs = [heap.output(x.shape), heap.output([length]), heap.output([length])];
  const [dx, dGain, dBias] = outputs.map((output) => heap.pointer(output)) as [number, number, number];
  heap.kernels.batchNormGradient(from, gain, dy, rows, length, means, scales, dx, dGain, dBias);
  return outputs;
}

/** Loss per row, and softmax − onehot. */
function softmaxCrossEntropy(call: WasmCall): TensorInfo[] {
  const { heap } = call;
  const logits = input(call, 'logits');
  const labels = heap.pointer(input(call, 'labels'));
  const [from] = pointers(call, ['logits']) as [number];
  const { rows, length } = rowsOf(logits);
  const outputs = [heap.output([rows]), heap.output(logits.shape)];
  const [losses, slope] = outputs.map((output) => heap.pointer(output)) as [number, number];
  heap.kernels.softmaxCrossEntropy(from, labels, rows, length, losses, slope);
  return outputs;
}

/** Σ mask·(predicted − target)² / Σ mask, and its slope 2·mask·(predicted − target) / Σ mask. */
function maskedError(call: WasmCall): TensorInfo[] {
  const { heap } = call;
  const { shape } = input(call, 'predicted');
  const [predicted, target, mask] = pointers(call, ['predicted', 'target', 'mask']) as [
    number,
    number,
    number,
  ];
  const outputs = [heap.output([]), heap.output(shape)];
  const [loss, slope] = outputs.map((output) => heap.pointer(output)) as [number, number];
  const size = util.sizeFromShape(shape);
  const total = heap.kernels.maskedError(predicted, target, mask, size, slope);
  const hidden = heap.kernels.sum(mask, size);
  heap.floats(loss, 1)[0] = total / hidden;
  heap.kernels.scale(slope, 2 / hidden, size, slope);
  return outputs;
}
