import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What is used of @tensorflow/tfjs-backend-wasm. */
export interface WasmPackage {
  setWasmPaths(paths: Record<string, string>, usePlatformFetch: boolean): void;
}

const SIMD_BINARY = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm';

/**
 * Lets threads reach the wasm backend's memory in Node, where TensorFlow.js only has its single-threaded build: the
 * same build is loaded with its memory declared shared. Call it before `tf.setBackend('wasm')`; afterwards
 * `installKernels(tf, { threads: nodeThreads(n) })` uses it. Pages need nothing of the kind.
 *
 * @param wasm the whole package @tensorflow/tfjs-backend-wasm, imported as a namespace
 */
export async function shareWasmMemory(wasm: WasmPackage): Promise<void> {
  const bytes = declareShared(await readFile(createRequire(import.meta.url).resolve(SIMD_BINARY)));
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
  const names = [
    'tfjs-backend-wasm.wasm',
    'tfjs-backend-wasm-simd.wasm',
    'tfjs-backend-wasm-threaded-simd.wasm',
  ];
  wasm.setWasmPaths(Object.fromEntries(names.map((name) => [name, url])), true);
}

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
const SHARED_WITH_MAXIMUM = 3;

/** A copy of a WebAssembly module whose own memory is shared: one flag of the memory section differs. */
export function declareShared(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(module);
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const id = bytes[at];
    const [size, start] = readUnsigned(bytes, at + 1);
    if (id === MEMORY_SECTION && bytes[start] === 1 && bytes[start + 1] === HAS_MAXIMUM) {
      bytes[start + 1] = SHARED_WITH_MAXIMUM;
      return bytes;
    }
    at = start + size;
  }
  throw new Error(
    'shareWasmMemory: the module must have one memory with a maximum, got none. ' +
      'Install @tensorflow/tfjs-backend-wasm@4.22.0.',
  );
}

/** An unsigned LEB128 number, and where it ends. */
function readUnsigned(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}
