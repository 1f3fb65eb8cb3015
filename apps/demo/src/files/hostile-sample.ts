/**
 * A .pt file as an attacker would write it: unpickled by Python, it would run a shell command. Here it is opened as
 * data, and refused.
 */
export function hostileSample(): Uint8Array<ArrayBuffer> {
  // protocol 2; the name os.system; a tuple of one string; call; stop
  const program = new TextEncoder().encode("cposix\nsystem\n(S'echo I could have run anything'\ntR.");
  return Uint8Array.from([0x80, 2, ...program]);
}
