const mostUnpacked = 512 * 2 ** 20;

/**
 * The bytes of a file, unpacked where its name ends in .gz.
 *
 * @throws Error in plain words if that is more than an ordinary tab can hold, or the archive is damaged
 */
export async function* bytesOf(file: Blob, name: string): AsyncGenerator<Uint8Array> {
  const isPacked = /\.gz$/i.test(name);
  const stream = isPacked ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
  // not every browser lets a stream be iterated
  const reader = stream.getReader();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new Error(unreadable(name, isPacked, cause), { cause });
    });
    if (done) return;
    size += value.length;
    if (size > mostUnpacked) {
      await reader.cancel();
      throw new Error(
        `${name} holds more than ${mostUnpacked / 2 ** 20} MB; this page takes no more. Use the command line for larger tables.`,
      );
    }
    yield value;
  }
}

function unreadable(name: string, isPacked: boolean, cause: unknown): string {
  if (cause instanceof DOMException && cause.name === 'NotReadableError') {
    return `${name} can no longer be read: it was changed, moved or deleted since it was dropped. Drop it again.`;
  }
  if (isPacked)
    return `${name} ends in .gz but could not be unpacked: it is damaged, or another kind of file.`;
  return `${name} could not be read: ${cause instanceof Error ? cause.message : String(cause)}.`;
}
