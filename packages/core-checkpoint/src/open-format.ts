import { type Refuse, refusalsOf } from './errors.js';
import { distributedPiece, foreignFile, serverAnswer } from './foreign-files.js';
import type { FormatOptions } from './format-options.js';
import { ggufMagic, openGguf } from './gguf/gguf.js';
import { hdf5Magic, openHdf5 } from './hdf5/hdf5.js';
import { openKeras } from './hdf5/keras-archive.js';
import { npyMagic, openNpy } from './numpy/npy.js';
import { openNpz } from './numpy/npz.js';
import type { OpenedFile } from './opened-file.js';
import { isPytorchLegacy, openPytorchLegacy } from './pytorch/legacy.js';
import { openPytorchZip } from './pytorch/zip.js';
import { openSafetensors, safetensorsHeaderLength } from './safetensors/reader.js';
import { openShards, weightMapOf } from './safetensors/sharded.js';
import { type ByteSource, readRange } from './sources/byte-source.js';
import { parseStrictJson } from './strict-json.js';
import { openTfjsModel, weightsManifestOf } from './tfjs/reader.js';
import { zipArchive } from './zip/archive.js';
import { readZipDirectory, type ZipEntry } from './zip/directory.js';

const headBytes = 512;

/** Finds out what a file is by its content, and has the right reader open it. */
export async function openFormat(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const head = await readRange(source, 0, Math.min(headBytes, source.size), options.signal);
  if (/\.distcp$/i.test(source.name)) throw distributedPiece(refuse);
  if (startsWith(head, [0x50, 0x4b])) return openZip(source, options);
  if (isPytorchLegacy(head)) return openPytorchLegacy(source, options);
  if (startsWith(head, npyMagic)) return openNpy(source, options);
  if (startsWith(head, hdf5Magic)) return openHdf5(source, options);
  if (startsWith(head, ggufMagic)) return openGguf(source, options);
  // a header's length can look like any other beginning; its brace right after it cannot
  if (safetensorsHeaderLength(head, source.size) !== undefined) {
    return openSafetensors(source, options.limits, options);
  }
  const known = foreignFile(source, head, refuse);
  if (known) throw known;
  if (/^\s*\{/.test(new TextDecoder().decode(head))) return openJson(source, options, refuse);
  if (/\.safetensors$/i.test(source.name)) return openSafetensors(source, options.limits, options);
  const first = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw refuse('unknown-format', `is of no known format; it begins with ${first || 'nothing'}`);
}

async function openZip(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const entries = await readZipDirectory(source, options.limits, options.signal);
  const archive = zipArchive(source, entries, options.limits);
  const [pickle, other] = entries.filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (other) throw archive.refuse('bad-zip', `holds two pickles, ${pickle?.name} and ${other.name}`);
  if (pickle) {
    const folder = pickle.name.slice(0, -'data.pkl'.length);
    refuseScript(entries, folder, archive.refuse);
    return openPytorchZip(archive, folder, options);
  }
  if (archive.entries.has('model.weights.h5')) return openKeras(archive, options);
  // an archive without entries is what a dict without tensors is saved as
  if (entries.every(({ name }) => name.endsWith('.npy'))) return openNpz(archive, options);
  throw archive.refuse('unknown-format', 'is a zip archive, but not one of a checkpoint');
}

function refuseScript(entries: readonly ZipEntry[], folder: string, refuse: Refuse): void {
  const script = entries.some(
    ({ name }) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`),
  );
  if (!script) return;
  throw refuse('unsupported-format', 'is a TorchScript archive: a program, not only weights', {
    hint: 'Save the weights alone: torch.save(torch.jit.load(file).state_dict(), ...).',
  });
}

async function openJson(source: ByteSource, options: FormatOptions, refuse: Refuse): Promise<OpenedFile> {
  if (source.size > options.limits.headerBytes) throw refuse('limit', `is JSON of ${source.size} bytes`);
  const bytes = await readRange(source, 0, source.size, options.signal);
  const json = parseStrictJson(bytes, 'it', refuse);
  if (json instanceof Map && weightMapOf(json))
    return openShards(source, json, options, (shard) => openShard(shard, options));
  if (json instanceof Map && weightsManifestOf(json)) return openTfjsModel(source, json, options);
  const answer =
    json instanceof Map ? serverAnswer(json.get('error') ?? json.get('message'), refuse) : undefined;
  if (answer) throw answer;
  throw refuse('unknown-format', 'is JSON, but neither an index of shards nor a TensorFlow.js model');
}

/** A shard is one file of tensors: never an index again, which could name itself. */
async function openShard(shard: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const head = await readRange(shard, 0, Math.min(headBytes, shard.size), options.signal);
  const refuse = refusalsOf(shard.name);
  if (startsWith(head, [0x50, 0x4b])) {
    const opened = await openZip(shard, options);
    if (opened.format === 'pytorch') return opened;
    await opened.close?.();
    throw refuse('unsupported-format', 'is an archive of another format than its index');
  }
  if (isPytorchLegacy(head)) return openPytorchLegacy(shard, options);
  const known =
    safetensorsHeaderLength(head, shard.size) === undefined ? foreignFile(shard, head, refuse) : undefined;
  if (known) throw known;
  return openSafetensors(shard, options.limits, options);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
