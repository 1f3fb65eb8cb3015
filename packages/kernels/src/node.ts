export { shareWasmMemory, type WasmPackage } from './node-shared-memory.js';
export { nodeThreads } from './node-threads.js';
export { type DawnPackage, provideWebGpu } from './node-webgpu.js';
