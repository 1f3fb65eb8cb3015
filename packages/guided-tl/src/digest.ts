import type { NamedTensor } from '@warmstart/shapes';

/**
 * A name for exactly these tensors: SHA-256 over keys, types, shapes and bytes, in order of the keys, so
 * that neither the file they came from nor their order in it matters.
 *
 * @returns 64 hexadecimal digits
 * @throws TypeError where there is no `crypto.subtle` (a page served neither over https nor from localhost)
 */
export async function stateDictDigest(state: ReadonlyMap<string, NamedTensor>): Promise<string> {
  const lines: string[] = [];
  for (const key of [...state.keys()].sort()) {
    const tensor = state.get(key);
    if (!tensor) continue;
    const { buffer, byteOffset, byteLength } = tensor.data;
    const bytes = await sha256(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
    lines.push(JSON.stringify([key, tensor.dtype, tensor.shape, bytes]));
  }
  return sha256(new TextEncoder().encode(lines.join('\n')));
}

/**
 * A name for one tensor's type, shape and bytes, whatever its key.
 *
 * @returns 64 hexadecimal digits
 */
export async function tensorDigest({ dtype, shape, data }: NamedTensor): Promise<string> {
  const bytes = await sha256(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
  return sha256(new TextEncoder().encode(JSON.stringify([dtype, shape, bytes])));
}

/**
 * A name for plain data of any nesting, typed arrays included.
 *
 * @returns 64 hexadecimal digits
 */
export async function plainDigest(value: unknown): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(value, plainly)));
}

/** JSON keeps typed arrays, maps and sets apart from objects only if told to. */
function plainly(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value))
    return [value.constructor.name, ...Array.from(value as Float32Array, String)];
  if (value instanceof Map) return ['Map', ...value];
  if (value instanceof Set) return ['Set', ...value];
  if (typeof value === 'bigint') return `${value}n`;
  return value;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new TypeError(
      'stateDictDigest: crypto.subtle must be there, got none. Serve the page over https or from localhost.',
    );
  }
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
