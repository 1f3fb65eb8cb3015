import { relaxedSimd, simd } from './module.generated.js';

/** What assembly/index.ts exports. Pointers are byte offsets into the backend's heap. */
export interface KernelExports {
  gemmBatch(
    batch: number,
    aStep: number,
    bStep: number,
    cStep: number,
    rows: number,
    columns: number,
    depth: number,
    a: number,
    aStride: number,
    aTransposed: number,
    b: number,
    bStride: number,
    bTransposed: number,
    c: number,
    cStride: number,
    bias: number,
    activation: number,
    scratch: number,
  ): void;
  gemmScratchBytes(): number;
  adamW(
    table: number,
    count: number,
    beta1: number,
    oneMinusBeta1: number,
    beta2: number,
    oneMinusBeta2: number,
    epsilon: number,
  ): void;
  sgd(table: number, count: number, momentum: number, nesterov: number): void;
  convolve(
    what: number,
    image: number,
    filter: number,
    outputs: number,
    geometry: number,
    outChannels: number,
    first: number,
    last: number,
    chunk: number,
    direct: number,
    windows: number,
    bias: number,
    activation: number,
    scratch: number,
  ): void;
  activate(kind: number, x: number, length: number, y: number): void;
  activationGradient(kind: number, x: number, dy: number, length: number, dx: number): void;
  depthwiseGradient(
    image: number,
    outputGradient: number,
    filter: number,
    geometry: number,
    images: number,
    multiplier: number,
    ofFilter: number,
    firstChannel: number,
    lastChannel: number,
  ): void;
  sum(x: number, length: number): number;
  sumColumns(x: number, rows: number, columns: number, sums: number, accumulate: number): void;
  sumRows(x: number, rows: number, columns: number, sums: number): void;
  layerNorm(
    x: number,
    gain: number,
    bias: number,
    rows: number,
    length: number,
    epsilon: number,
    y: number,
    means: number,
    scales: number,
  ): void;
  layerNormGradient(
    x: number,
    gain: number,
    dy: number,
    rows: number,
    length: number,
    means: number,
    scales: number,
    dx: number,
    gainGradient: number,
    biasGradient: number,
  ): void;
  batchNorm(
    x: number,
    gain: number,
    bias: number,
    rows: number,
    columns: number,
    epsilon: number,
    y: number,
    means: number,
    variances: number,
    scales: number,
  ): void;
  batchNormGradient(
    x: number,
    gain: number,
    dy: number,
    rows: number,
    columns: number,
    means: number,
    scales: number,
    dx: number,
    gainGradient: number,
    biasGradient: number,
  ): void;
  softmaxCrossEntropy(
    logits: number,
    labels: number,
    rows: number,
    classes: number,
    losses: number,
    gradient: number,
  ): void;
  maskedError(predicted: number, target: number, mask: number, length: number, error: number): number;
  scale(x: number, factor: number, length: number, y: number): void;
  maxPoolGradient(
    image: number,
    outputGradient: number,
    gradient: number,
    geometry: number,
    images: number,
  ): void;
  segmentSum(rows: number, ids: number, count: number, length: number, segments: number, sums: number): void;
}

/** The compiled kernels, for a memory of one thread and for a shared one. */
export interface KernelModule {
  readonly fma: boolean;
  readonly single: WebAssembly.Module;
  /** Made only where shared memory exists. */
  readonly shared: WebAssembly.Module | undefined;
}

/** Compiles the kernels: with fused multiply-add if wanted and the engine has it, else with plain SIMD. */
export async function compileKernels(fma: boolean): Promise<KernelModule> {
  const fused = decode(relaxedSimd);
  const useFma = fma && WebAssembly.validate(fused);
  const bytes = useFma ? fused : decode(simd);
  return {
    fma: useFma,
    single: await WebAssembly.compile(bytes),
    shared:
      typeof SharedArrayBuffer === 'undefined' ? undefined : await WebAssembly.compile(shareMemory(bytes)),
  };
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The same module importing a shared memory: one flag of the import "env" "memory" differs. */
function shareMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [3, ...new TextEncoder().encode('env'), 6, ...new TextEncoder().encode('memory'), 2];
  const start = bytes.findIndex((_, at) => name.every((byte, i) => bytes[at + i] === byte));
  const shared = bytes.slice();
  shared[start + name.length] = 3; // has a maximum, is shared
  return shared;
}
