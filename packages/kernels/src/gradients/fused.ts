import { expandDims, matMul, mul, neg, reshape, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { run, runMany } from '../fused-ops/registered.js';
import type { GradientRepair } from './repair.js';

/** Gradients of the fused kernels. What one kernel gives for all inputs is computed once; the rest on demand. */
export function fusedGradients(): GradientRepair[] {
  return [linear(), gelu(), layerNorm(), batchNorm(), softmaxCrossEntropy(), maskedError()];
}

function gradient(
  kernelName: string,
  config: Omit<GradientRepair, 'kernelName' | 'action' | 'reason'>,
): GradientRepair {
  return { kernelName, action: 'added', reason: 'gradient of a fused kernel', ...config };
}

function linear(): GradientRepair {
  return gradient('WarmstartLinear', {
    inputsToSave: ['x', 'weight'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const [x, weight, y] = saved as [Tensor, Tensor, Tensor];
      const [outFeatures = 0, inFeatures = 0] = weight.shape;
      const { activation = 'linear' } = attrs;
      const through =
        activation === 'linear'
          ? (dy as Tensor)
          : run('WarmstartActivationGradient', { x: y, dy: dy as Tensor }, { activation });
      const flow = reshape(through, [-1, outFeatures]);
      return {
        x: () => reshape(matMul(flow, weight), x.shape),
        weight: () => matMul(flow, reshape(x, [-1, inFeatures]), true, false),
        bias: () => sum(flow, 0),
      };
    },
  });
}

function gelu(): GradientRepair {
  return gradient('WarmstartGelu', {
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const activation = attrs.approximate === 'tanh' ? 'geluTanh' : 'gelu';
      const inputs = { x: saved[0] as Tensor, dy: dy as Tensor };
      return { x: () => run('WarmstartActivationGradient', inputs, { activation }) };
    },
  });
}

function normalisation(kernelName: string, outputsToSave: boolean[]): GradientRepair {
  return gradient(kernelName, {
    inputsToSave: ['x', 'gain'],
    outputsToSave,
    gradFunc: (dys, saved) => {
      const [x, gain, means, scales] = saved as [Tensor, Tensor, Tensor, Tensor];
      const dy = (dys as Tensor[])[0] as Tensor;
      const flows = runMany(`${kernelName}Gradient`, { x, gain, dy, means, scales });
      const [dx, dGain, dBias] = flows as [Tensor, Tensor, Tensor];
      return { x: () => dx, gain: () => dGain, bias: () => dBias };
    },
  });
}

function layerNorm(): GradientRepair {
  return normalisation('WarmstartLayerNorm', [false, true, true]);
}

function batchNorm(): GradientRepair {
  return normalisation('WarmstartBatchNorm', [false, true, false, true]);
}

function softmaxCrossEntropy(): GradientRepair {
  return gradient('WarmstartSoftmaxCrossEntropy', {
    inputsToSave: ['labels'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [labels, slope] = saved as [Tensor, Tensor];
      const [dy] = dys as Tensor[];
      return { logits: () => mul(slope, expandDims(dy as Tensor, -1)), labels: () => zeros(labels.shape) };
    },
  });
}

function maskedError(): GradientRepair {
  return gradient('WarmstartMaskedError', {
    inputsToSave: ['mask'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [mask, slope] = saved as [Tensor, Tensor];
      const [dy] = dys as Tensor[];
      const flow = mul(slope, dy as Tensor);
      return { predicted: () => flow, target: () => neg(flow), mask: () => zeros(mask.shape) };
    },
  });
}
