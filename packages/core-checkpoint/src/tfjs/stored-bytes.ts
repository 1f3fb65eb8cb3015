/** TensorFlow.js's dtypes that hold numbers, by PyTorch's names. */
export const storedTypes: ReadonlySet<string> = new Set(['float32', 'int32', 'bool', 'complex64']);

/** Stretches of bytes as one. */
export function joined(payloads: readonly Uint8Array[]): Uint8Array {
  const [first] = payloads;
  if (first && payloads.length === 1) return first;
  const bytes = new Uint8Array(payloads.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const payload of payloads) {
    bytes.set(payload, at);
    at += payload.byteLength;
  }
  return bytes;
}
