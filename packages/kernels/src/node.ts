export { type DawnPackage, provideWebGpu } from './node-webgpu.js';
