import { nodeBuiltin } from './node-builtins.js';
import { encodedBytes } from './targets/encoded-file.js';

/** @returns the SHA-256 of these bytes, one piece after the other, as 64 hexadecimal digits */
export async function sha256(pieces: readonly Uint8Array[]): Promise<string> {
  const native = nodeBuiltin('node:crypto');
  if (native) {
    const hash = native.createHash('sha256');
    for (const piece of pieces) hash.update(piece);
    return hash.digest('hex');
  }
  // browsers hash only what is in one piece
  const byteLength = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const [only] = pieces;
  const whole = only && pieces.length === 1 ? only : encodedBytes({ byteLength, chunks: () => pieces });
  const digest = await crypto.subtle.digest('SHA-256', whole as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
