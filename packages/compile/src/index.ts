export { CompileError, type CompileErrorCode } from './compile-error.js';
export { compileLoss } from './compile-loss.js';
export { compileStep } from './compile-step.js';
export { type Exportable, exportOnnx } from './export-onnx.js';
export { OPSET } from './onnx-graph.js';
export { ONNX_RUNTIME_VERSION } from './onnx-runtime.js';
export type { CompiledStep, CompileEvent, CompileOptions, Feeds } from './step-options.js';
export { translatedKernels } from './translate/translators.js';
