import type { Refuse } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';

/**
 * Unpacks deflate, and stops as soon as more comes out than was promised.
 *
 * @param size - bytes that must come out, exactly, of exactly the bytes that are packed
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
  const zlib = nodeBuiltin('node:zlib');
  return zlib ? inflateInNode(zlib, packed, size, name, refuse) : inflateStream(packed, size, name, refuse);
}

/** The stream of Node 20 lets bytes after the end of the data pass; its older interface tells how many it used. */
function inflateInNode(
  zlib: typeof import('node:zlib'),
  packed: Uint8Array,
  size: number,
  name: string,
  refuse: Refuse,
): Uint8Array<ArrayBuffer> {
  let unpacked: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // one byte more than promised, so that a longer body is told from a whole one
    const options = { maxOutputLength: size + 1, info: true };
    unpacked = zlib.inflateRawSync(packed, options) as unknown as typeof unpacked; // as `info` makes it
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw refuse('size-mismatch', `${name} inflates to more than its ${size} bytes`);
    throw refuse('truncated', `${name} is not valid deflate data`, { cause });
  }
  const { buffer, engine } = unpacked;
  if (buffer.byteLength !== size)
    throw refuse('size-mismatch', `${name} inflates to ${buffer.byteLength} bytes, not ${size}`);
  if (engine.bytesWritten !== packed.byteLength)
    throw refuse(
      'bad-zip',
      `${name}: ${packed.byteLength - engine.bytesWritten} unexplained bytes follow its data`,
    );
  // of its own, so that no pool is handed out
  return new Uint8Array(buffer);
}

async function inflateStream(
  packed: Uint8Array,
  size: number,
  name: string,
  refuse: Refuse,
): Promise<Uint8Array<ArrayBuffer>> {
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
