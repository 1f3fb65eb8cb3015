import { env, type KernelBackend, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';

const PROGRAM = 'WEBGPU_MATMUL_PROGRAM_TYPE';
const THRESHOLD = 'WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL';
/** tfjs's own numbers: let tfjs choose, and the program for few outputs that does not split the inner axis. */
const CHOSEN_BY_TFJS = -1;
const SMALL_OUTPUT = 2;

interface ProductCall {
  /** What is added to the product comes with it. */
  inputs: { a: TensorInfo; b: TensorInfo; bias?: TensorInfo; preluActivationWeights?: TensorInfo };
  attrs: Record<string, unknown>;
  backend: KernelBackend;
}

/**
 * A product by tfjs's kernel, kept from the one program that is wrong: on webgpu, TensorFlow.js 4.22.0 splits long inner
 * axes, and there reads a transposed b four values at a time along the wrong axis.
 */
export function product(multiply: KernelFunc, call: ProductCall): TensorInfo {
  const { inputs, attrs, backend } = call;
  const run = () => multiply({ inputs: { ...inputs }, backend, attrs: attrs as never }) as TensorInfo;
  if (!isSplitWrongly(call)) return run();
  env().set(PROGRAM, SMALL_OUTPUT);
  try {
    return run();
  } finally {
    env().set(PROGRAM, CHOSEN_BY_TFJS);
  }
}

/** tfjs's own choice of a program, as far as it leads to the wrong one. */
function isSplitWrongly({ inputs: { a, b }, attrs, backend }: ProductCall): boolean {
  if (!attrs.transposeB || !('thresholdToIncreaseWorkgroups' in backend)) return false;
  if (env().getNumber(PROGRAM) !== CHOSEN_BY_TFJS) return false;
  const batch = [a, b].some(({ shape }) => shape.slice(0, -2).some((size) => size !== 1));
  const [rows = 0, inner = 0] = attrs.transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape.at(-2) as number;
  const inFours = (attrs.transposeA ? rows : inner) % 4 === 0 && columns % 4 === 0;
  if (batch || inner < 2000 || !inFours || rows * columns <= 128) return false;
  const set = env().getNumber(THRESHOLD);
  const threshold = set > 0 ? set : Number(backend.thresholdToIncreaseWorkgroups);
  const groups = Math.ceil(rows / 32) * Math.ceil(columns / 32);
  return groups <= threshold || (rows <= 8 && groups <= 2 * threshold);
}
