import type { Refuse } from '../errors.js';

/**
 * Unpacks deflate, and stops as soon as more comes out than was promised.
 *
 * @param size - bytes that must come out, exactly
 */
export async function inflate(
  packed: Uint8Array,
  size: number,
  name: string,
  refuse: Refuse,
): Promise<Uint8Array<ArrayBuffer>> {
  // deflate never shrinks below 1:1032, so a bigger promise is a lie that needs no memory to refute
  if (size > packed.byteLength * 1032 + 64) {
    throw refuse('size-mismatch', `${name} cannot inflate from ${packed.byteLength} to ${size} bytes`);
  }
  const out = new Uint8Array(size);
  let length = 0;
  try {
    const input = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
    const reader = input.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      if (length + step.value.byteLength > size) {
        await reader.cancel();
        throw refuse('size-mismatch', `${name} inflates to more than its ${size} bytes`);
      }
      out.set(step.value, length);
      length += step.value.byteLength;
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'CheckpointError') throw cause;
    throw refuse('truncated', `${name} is not valid deflate data`, { cause });
  }
  if (length !== size) throw refuse('size-mismatch', `${name} inflates to ${length} bytes, not ${size}`);
  return out;
}
