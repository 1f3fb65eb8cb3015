export { windowRows } from './convolution';
export { gemm, gemmScratchBytes } from './gemm';
export { adamW, sgd } from './optimizers';
export { maxPoolGradient } from './pooling';
export { segmentSum } from './segments';
