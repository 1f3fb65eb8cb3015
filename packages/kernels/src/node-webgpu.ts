/** The npm package `webgpu` (Dawn), as `import * as webgpu from 'webgpu'`. */
export interface DawnPackage {
  create(options: string[]): GPU;
  readonly globals: object;
}

/**
 * Gives Node the `navigator.gpu` that @tensorflow/tfjs-backend-webgpu looks for, from the npm package `webgpu`. Call it
 * before that backend is imported; then `tf.setBackend('webgpu')` works as in a browser.
 *
 * @throws {Error} if no adapter answers: TensorFlow.js would go on, silently, on its cpu backend.
 */
export async function provideWebGpu({ create, globals }: DawnPackage, options: string[] = []): Promise<void> {
  const gpu = create(options);
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      'provideWebGpu: a Vulkan, Metal or Direct3D 12 adapter must answer, got none. Install a driver (on Linux ' +
        "libvulkan1 and the GPU vendor's, or SwiftShader through VK_ICD_FILENAMES), or use the wasm backend.",
    );
  }
  Object.assign(globalThis, globals);
  const navigator = { value: { gpu, userAgent: 'node' }, configurable: true, writable: true };
  Object.defineProperty(globalThis, 'navigator', navigator);
}
