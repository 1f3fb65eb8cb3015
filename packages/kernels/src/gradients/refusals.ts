import type { GradientRepair } from './repair.js';

const WAYS_ROUND: Readonly<Record<string, string>> = {
  Cumprod: 'Take exp(cumsum(log(x))) of positive values',
  CropAndResize: 'Crop by slice, then tf.image.resizeBilinear',
  MaxPoolWithArgmax: 'Use tf.maxPool',
  Diag: 'Multiply by tf.eye',
  Complex: 'Keep real and imaginary parts in tensors of their own',
  Real: 'Multiply by the cosines of a DFT matrix',
  Imag: 'Multiply by the sines of a DFT matrix',
  FFT: 'Multiply by a DFT matrix',
  IFFT: 'Multiply by an inverse DFT matrix',
  RotateWithOffset: 'Rotate the data before it is differentiated',
  Transform: 'Transform the data before it is differentiated',
};

/** Gradients that tfjs-core lacks and we do not supply: the error names the way round. */
export function refusals(): GradientRepair[] {
  return Object.entries(WAYS_ROUND).map(([kernelName, wayRound]) => ({
    kernelName,
    action: 'repaired',
    reason: 'has no gradient; the error now names the way round',
    gradFunc: () => {
      throw new Error(`${kernelName}: there is no gradient. ${wayRound}.`);
    },
  }));
}
