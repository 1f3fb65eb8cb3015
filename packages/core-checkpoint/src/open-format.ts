import { type CheckpointError, type Refuse, refusalsOf } from './errors.js';
import type { FormatOptions } from './format-options.js';
import { hdf5Magic, openHdf5 } from './hdf5/hdf5.js';
import { openKeras } from './hdf5/keras-archive.js';
import { npyMagic, openNpy } from './numpy/npy.js';
import { openNpz } from './numpy/npz.js';
import type { OpenedFile } from './opened-file.js';
import { isPytorchLegacy, openPytorchLegacy } from './pytorch/legacy.js';
import { openPytorchZip } from './pytorch/zip.js';
import { openSafetensors, safetensorsHeaderLength } from './safetensors/reader.js';
import { openShardedSafetensors, weightMapOf } from './safetensors/sharded.js';
import { type ByteSource, readRange } from './sources/byte-source.js';
import { parseStrictJson } from './strict-json.js';
import { openTfjsModel, weightsManifestOf } from './tfjs-model.js';
import { zipArchive } from './zip/archive.js';
import { readZipDirectory, type ZipEntry } from './zip/directory.js';

const headBytes = 512;

/** Finds out what a file is by its content, and has the right reader open it. */
export async function openFormat(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const head = await readRange(source, 0, Math.min(headBytes, source.size), options.signal);
  if (startsWith(head, [0x50, 0x4b])) return openZip(source, options);
  if (isPytorchLegacy(head)) return openPytorchLegacy(source, options);
  if (startsWith(head, npyMagic)) return openNpy(source, options);
  if (startsWith(head, hdf5Magic)) return openHdf5(source, options);
  // a header's length can look like any other beginning; its brace right after it cannot
  if (safetensorsHeaderLength(head, source.size) !== undefined) {
    return openSafetensors(source, options.limits, options);
  }
  const known = recognise(source, head, refuse);
  if (known) throw known;
  if (/^\s*\{/.test(new TextDecoder().decode(head))) return openJson(source, options, refuse);
  if (/\.safetensors$/i.test(source.name)) return openSafetensors(source, options.limits, options);
  const first = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw refuse('unknown-format', `is of no known format; it begins with ${first || 'nothing'}`);
}

async function openZip(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const entries = await readZipDirectory(source, options.limits, options.signal);
  const archive = zipArchive(source, entries, options.limits);
  const pickle = entries.find(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle) {
    const folder = pickle.name.slice(0, -'data.pkl'.length);
    checkFolder(entries, folder, archive.refuse);
    return openPytorchZip(archive, folder, options);
  }
  if (entries.length > 0 && entries.every(({ name }) => name.endsWith('.npy')))
    return openNpz(archive, options);
  if (archive.entries.has('model.weights.h5')) return openKeras(archive, options);
  throw archive.refuse('unknown-format', 'is a zip archive, but of no checkpoint');
}

function checkFolder(entries: readonly ZipEntry[], folder: string, refuse: Refuse): void {
  const script = entries.some(
    ({ name }) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`),
  );
  if (script) {
    throw refuse('unsupported-format', 'is a TorchScript archive: a program, not only weights', {
      hint: 'Save the weights alone: torch.save(torch.jit.load(file).state_dict(), ...).',
    });
  }
  const stranger = entries.find(({ name }) => !name.startsWith(folder));
  if (stranger) throw refuse('bad-zip', `holds ${stranger.name} beside the folder ${folder}`);
}

async function openJson(source: ByteSource, options: FormatOptions, refuse: Refuse): Promise<OpenedFile> {
  if (source.size > options.limits.headerBytes) throw refuse('limit', `is JSON of ${source.size} bytes`);
  const bytes = await readRange(source, 0, source.size, options.signal);
  const json = parseStrictJson(bytes, 'it', refuse);
  if (json instanceof Map && weightMapOf(json)) return openShardedSafetensors(source, json, options);
  if (json instanceof Map && weightsManifestOf(json)) return openTfjsModel(source, json, options);
  throw refuse('unknown-format', 'is JSON, but neither an index of shards nor a TensorFlow.js model');
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** What people have instead of the checkpoint they wanted. */
function recognise(source: ByteSource, head: Uint8Array, refuse: Refuse): CheckpointError | undefined {
  const text = new TextDecoder('latin1').decode(head);
  if (source.size === 0) return refuse('truncated', 'is empty', { hint: 'Fetch or save it again.' });
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return refuse('unsupported-format', `is a Git LFS pointer (${source.size} bytes), not the weights`, {
      hint: 'Run git lfs pull.',
    });
  }
  if (/^\s*(<!doctype html|<html|<\?xml|<!--)/i.test(text)) {
    return refuse('unsupported-format', 'is a web page, not a checkpoint', {
      hint: 'The link leads to a page about the file, or to a login; take the link of the download itself.',
    });
  }
  if (startsWith(head, [0x1f, 0x8b])) {
    return refuse('unsupported-compression', 'is compressed with gzip', { hint: 'Run gunzip on it first.' });
  }
  if (text.startsWith('GGUF'))
    return refuse('unsupported-format', 'is a GGUF file, made for inference engines');
  if (text.slice(257, 262) === 'ustar')
    return refuse('unsupported-format', 'is a tar archive', { hint: 'Unpack it first.' });
  if (head[0] === 0x80 && (head[1] ?? 9) <= 5) {
    return refuse(
      'unsupported-format',
      'is a pickle, but none that torch.save wrote. Nothing of it was run',
      {
        hint: 'Save it with torch.save(state_dict, ...).',
      },
    );
  }
  return undefined;
}
