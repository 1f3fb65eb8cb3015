/**
 * @internal The same image without its EXIF data, so that no decoder turns it: browsers have no option for that.
 * Only parts of the file are left out; pixels stay as they are.
 */
export function withoutExif(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: readonly Uint8Array[] =
    view.byteLength > 12 && view.getUint32(0) === 0x89504e47
      ? pngParts(bytes, view)
      : view.byteLength > 4 && view.getUint16(0) === 0xffd8
        ? jpegParts(bytes, view)
        : [bytes];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** All but the APP1 segments. */
function jpegParts(bytes: Uint8Array, view: DataView): Uint8Array[] {
  const parts = [bytes.subarray(0, 2)];
  let at = 2;
  while (at + 4 <= bytes.length && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) break; // what follows is the image
    const end = at + 2 + view.getUint16(at + 2);
    if (marker !== 0xe1) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return [...parts, bytes.subarray(at)];
}

/** All but the eXIf chunks. */
function pngParts(bytes: Uint8Array, view: DataView): Uint8Array[] {
  const parts = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (view.getUint32(at + 4) !== 0x65584966) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return [...parts, bytes.subarray(at)];
}
