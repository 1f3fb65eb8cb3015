import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const { RTLD_LAZY } = constants.dlopen;
/** Keeps a library in the process after the handle is closed; glibc's number. */
const RTLD_NODELETE = 0x1000;

/**
 * Points the Vulkan loader of this process at SwiftShader, the software renderer that comes with the Chromium of the
 * browser tests, so that WebGPU tests need no GPU.
 */
export function useSoftwareVulkan(): void {
  const folder = fileURLToPath(new URL('../../../.cache/chromium-147.0.0/', import.meta.url));
  if (process.platform !== 'linux' || !existsSync(`${folder}libvulkan.so.1`)) return;
  process.env.VK_ICD_FILENAMES = `${folder}vk_swiftshader_icd.json`;
  try {
    process.dlopen({ exports: {} } as NodeModule, `${folder}libvulkan.so.1`, RTLD_LAZY | RTLD_NODELETE);
  } catch {
    // not an addon, so Node refuses it; it stays loaded under the name that Dawn asks for
  }
}
