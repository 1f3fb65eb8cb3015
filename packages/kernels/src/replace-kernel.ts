import type {
  findBackendFactory,
  getKernel,
  KernelConfig,
  KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** The part of tfjs that kernels are registered with. */
export interface KernelRegistry {
  findBackendFactory: typeof findBackendFactory;
  getKernel: typeof getKernel;
  registerKernel: typeof registerKernel;
  unregisterKernel: typeof unregisterKernel;
}

/** What each of our kernels took the place of. */
const replaced = new WeakMap<KernelFunc, KernelConfig | undefined>();

/**
 * Puts the kernel that `make` gives in the place of the backend's, which stays at hand as `original`; without `make`
 * the backend's own comes back.
 */
export function replaceKernel(
  registry: KernelRegistry,
  kernelName: string,
  backendName: string,
  make?: (original: KernelFunc | undefined) => KernelFunc,
): void {
  const present = registry.getKernel(kernelName, backendName);
  const isOurs = present !== undefined && replaced.has(present.kernelFunc);
  const original = isOurs ? replaced.get(present.kernelFunc) : present;
  if (present) registry.unregisterKernel(kernelName, backendName);
  if (make) {
    const kernelFunc = make(original?.kernelFunc);
    replaced.set(kernelFunc, original);
    // the original may still be called, so it is still set up
    registry.registerKernel({ ...original, kernelName, backendName, kernelFunc });
  } else if (original) registry.registerKernel(original);
}
