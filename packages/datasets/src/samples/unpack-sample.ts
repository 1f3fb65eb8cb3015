import { gunzipSync } from 'fflate';

/** The bytes of a sample of this package: base64 over gzip, so that any bundler can carry it. */
export function unpackSample(base64: string): Uint8Array {
  const text = atob(base64);
  return gunzipSync(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
