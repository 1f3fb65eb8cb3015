import { CheckpointError } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { type ByteRecord, readRecord } from '../sources/byte-record.js';
import { readRange } from '../sources/byte-source.js';
import { type EncodedFile, encodedBytes } from '../targets/encoded-file.js';
import type { StateDict } from '../tensors/named-tensor.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { archiveRecord, checksumNotes, type ZipArchive } from '../zip/archive.js';
import type { ZipEntry } from '../zip/directory.js';
import { encodeZip } from '../zip/writer.js';
import { encodeNpy, npyTensor, readNpyHeader } from './npy.js';

/** Most of what a header can take, with the local header of its entry before it. */
const headBytes = 4096;

/** Understands an archive of NumPy arrays; paths are their names without `.npy`. */
export async function openNpz(archive: ZipArchive, options: FormatOptions): Promise<OpenedFile> {
  const tensors: StoredTensor[] = [];
  for (const entry of archive.entries.values()) tensors.push(await arrayOf(archive, entry, options));
  return { format: 'npz', tensors, metadata: {}, notes: checksumNotes(archive) };
}

async function arrayOf(archive: ZipArchive, entry: ZipEntry, options: FormatOptions): Promise<StoredTensor> {
  const name = entry.name.replace(/\.npy$/, '');
  const record = archiveRecord(archive, entry);
  const head = await headOf(archive, entry, record, options);
  const { view, dataStart } = readNpyHeader(head, entry.size, (code, what, details) =>
    archive.refuse(code, what, { key: name, ...details }),
  );
  return npyTensor(name, view, record, dataStart);
}

/** A stored array's header is read alone; a deflated one is unpacked whole, once here and once when read. */
async function headOf(archive: ZipArchive, entry: ZipEntry, record: ByteRecord, options: FormatOptions) {
  if (entry.size > archive.limits.tensorBytes) {
    throw archive.refuse('limit', `${entry.name} takes ${entry.size} bytes`, {
      hint: 'Raise limits.tensorBytes if you trust it.',
    });
  }
  if (entry.method !== 0) return readRecord(record, options);
  const end = Math.min(entry.slotEnd, entry.start + headBytes);
  const bytes = await readRange(archive.source, entry.start, end, options.signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const head = bytes.subarray(dataStart, dataStart + entry.size);
  const length = head.byteLength < 12 ? 12 : new DataView(head.buffer, head.byteOffset).getUint32(8, true);
  const headerEnd = 12 + (head[6] === 1 ? length & 0xffff : length);
  // a header of many fields, or far behind its local header: the whole record has it
  return headerEnd > head.byteLength && end < entry.slotEnd ? readRecord(record, options) : head;
}

/**
 * A state dict as an uncompressed `.npz` archive, arrays in the dict's order.
 *
 * @throws CheckpointError `unsupported-dtype` if NumPy has no such dtype, as for bfloat16
 */
export function encodeNpz(dict: StateDict): EncodedFile {
  const members = [...dict].map(([name, tensor]) => {
    const file = `${name}.npy`;
    if (new TextEncoder().encode(file).byteLength > longestName)
      throw new CheckpointError(
        'limit',
        `is a name of more than ${longestName - 4} bytes, which no zip archive holds`,
        {
          key: name,
          during: 'save',
          hint: 'Save it as .safetensors, or rename the tensor.',
        },
      );
    return { name: file, data: encodedBytes(encodeNpy(name, tensor)) };
  });
  return encodeZip(members, 64);
}

/** A name's length is a number of 16 bits in a zip archive. */
const longestName = 65_535;
