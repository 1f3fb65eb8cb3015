import type { WasmKernel } from './kernel.js';

/** Kernels of the wasm backend that give wrong numbers, are not needed by our models, and so refuse to run. */
export function refusals(): WasmKernel[] {
  const negative = 'wrong for windows without a positive value';
  const anyway = 'or, where every window has a positive value, leave the kernel alone by';
  return [
    refusal(
      'Conv3DBackpropInputV2',
      'wrong for several channels',
      'Use the webgpu backend, or keep the stock kernel by',
    ),
    refusal('MaxPool3D', negative, `Use the webgpu backend, ${anyway}`),
    refusal('MaxPool3DGrad', negative, `Use the webgpu backend, ${anyway}`),
    refusal('Dilation2D', negative, `Use the cpu backend, ${anyway}`),
    refusal('Dilation2DBackpropInput', negative, `Use the cpu backend, ${anyway}`),
    refusal('Dilation2DBackpropFilter', negative, `Use the cpu backend, ${anyway}`),
  ];
}

function refusal(kernelName: string, wrong: string, wayRound: string): WasmKernel {
  return {
    kernelName,
    action: 'repaired',
    reason: `${wrong}; it now refuses instead of giving wrong numbers`,
    run() {
      throw new Error(
        `${kernelName}: on the wasm backend TensorFlow.js 4.22.0 is ${wrong}. ` +
          `${wayRound} installKernels(tf, { except: ['${kernelName}'] }).`,
      );
    },
  };
}
