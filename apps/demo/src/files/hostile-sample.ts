/**
 * A .pt file as an attacker would write it: unpickled by Python, it would run a shell command. Here it is opened as
 * data, and refused.
 */
export function hostileSample(): Uint8Array<ArrayBuffer> {
  // protocol 2; the name os.system; a tuple of one string; call; stop
  const program = new TextEncoder().encode("cposix\nsystem\n(S'echo I could have run anything'\ntR.");
  return storedZip('hostile/data.pkl', Uint8Array.from([0x80, 2, ...program]));
}

/** A zip archive of one file, not compressed. @see PKWARE APPNOTE 4.3 */
function storedZip(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const path = [...new TextEncoder().encode(name)];
  const [short, long] = [littleEndian(2), littleEndian(4)];
  const sizes = [
    ...long(crc32(content)),
    ...long(content.length),
    ...long(content.length),
    ...short(path.length),
  ];
  // version 2.0, no flags, stored, 1 January 1980
  const common = [...short(20), ...short(0), ...short(0), ...short(0), ...short(33), ...sizes, ...short(0)];
  const local = [...long(0x04034b50), ...common, ...path, ...content];
  const directory = [
    ...long(0x02014b50),
    ...short(20),
    ...common,
    ...short(0), // comment
    ...short(0), // disk
    ...short(0), // attributes
    ...long(0),
    ...long(0), // where the file begins
    ...path,
  ];
  const counts = [...short(0), ...short(0), ...short(1), ...short(1)];
  const end = [...long(0x06054b50), ...counts, ...long(directory.length), ...long(local.length), ...short(0)];
  return Uint8Array.from([...local, ...directory, ...end]);
}

function littleEndian(byteCount: number): (value: number) => number[] {
  return (value) => Array.from({ length: byteCount }, (_, byte) => (value >>> (8 * byte)) & 255);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
