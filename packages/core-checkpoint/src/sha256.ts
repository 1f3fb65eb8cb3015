import { nodeBuiltin } from './node-builtins.js';

/** @returns the SHA-256 of the bytes, as 64 hexadecimal digits */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const native = nodeBuiltin('node:crypto');
  if (native) return native.createHash('sha256').update(bytes).digest('hex');
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
