import type { EncodedFile } from '../targets/encoded-file.js';
import type { StateDict } from '../tensors/named-tensor.js';
import { crc32 } from '../zip/crc32.js';
import { compareUtf8, encodeSafetensors } from './writer.js';

const indexExtension = '.safetensors.index.json';
const defaultShardBytes = 5e9;

/** True if a file of this name is the index of a checkpoint in shards. */
export function isShardIndex(name: string): boolean {
  return name.endsWith(indexExtension) && name.length > indexExtension.length;
}

/** @returns what finds, in the text of this index, the shards that this writer named */
export function writtenShards(indexName: string): RegExp {
  const stem = indexName.slice(0, -indexExtension.length).replace(/[\\^$+*?.()|[\]{}]/g, '\\$&');
  return new RegExp(`(?<![^"])${stem}-[0-9a-f]{8}-\\d{5}-of-\\d{5}\\.safetensors`, 'g');
}

/**
 * A state dict as safetensors files and the index that says which tensor lies in which. Tensors fill shards in
 * the dict's order; one larger than a shard has a shard of its own. Shards are named by their content, so
 * a folder that is saved again holds the old checkpoint until its index is replaced.
 *
 * @param indexName - e.g. "model.safetensors.index.json"
 * @param shardBytes - tensor bytes of one shard, at least 1; default 5 GB, as Hugging Face has it
 * @returns files by name, the index last
 * @throws what `encodeSafetensors` throws; RangeError for another name or size
 * @see https://huggingface.co/docs/safetensors, "sharded"
 */
export function encodeShardedSafetensors(
  dict: StateDict,
  indexName: string,
  {
    metadata = {},
    shardBytes = defaultShardBytes,
  }: { metadata?: Record<string, string>; shardBytes?: number },
): [string, EncodedFile][] {
  if (!isShardIndex(indexName)) {
    throw new RangeError(
      `save: an index of shards must be named like model${indexExtension}, got "${indexName}".`,
    );
  }
  if (!Number.isSafeInteger(shardBytes) || shardBytes < 1) {
    throw new RangeError(`save: shardBytes must be a whole number of at least 1, got ${shardBytes}.`);
  }
  const stem = indexName.slice(0, -indexExtension.length);
  const shards = pack(dict, shardBytes);
  const weightMap: [string, string][] = [];
  const files = shards.map((shard, i): [string, EncodedFile] => {
    const file = encodeSafetensors(shard);
    const place = `${digits(i + 1)}-of-${digits(shards.length)}`;
    const name = `${stem}-${contentDigest(file)}-${place}.safetensors`;
    for (const key of shard.keys()) weightMap.push([key, name]);
    return [name, file];
  });
  const totalBytes = [...dict.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  return [...files, [indexName, indexOf(weightMap, totalBytes, metadata)]];
}

function pack(dict: StateDict, shardBytes: number): StateDict[] {
  const shards: StateDict[] = [new Map()];
  let filled = 0;
  for (const [key, tensor] of dict) {
    if (filled > 0 && filled + tensor.data.byteLength > shardBytes) {
      shards.push(new Map());
      filled = 0;
    }
    shards.at(-1)?.set(key, tensor);
    filled += tensor.data.byteLength;
  }
  return shards;
}

function digits(count: number): string {
  return String(count).padStart(5, '0');
}

function contentDigest(file: EncodedFile): string {
  let crc = 0;
  for (const chunk of file.chunks()) crc = crc32(chunk, crc);
  return crc.toString(16).padStart(8, '0');
}

function indexOf(
  weightMap: readonly (readonly [string, string])[],
  totalBytes: number,
  metadata: Record<string, string>,
): EncodedFile {
  const notes = Object.entries(metadata).sort(([a], [b]) => compareUtf8(a, b));
  const bytes = new TextEncoder().encode(
    `${jsonObject([
      ['metadata', jsonObject([['total_size', String(totalBytes)], ...notes.map(quoted)])],
      ['weight_map', jsonObject(weightMap.map(quoted))],
    ])}\n`,
  );
  return { byteLength: bytes.byteLength, chunks: () => [bytes] };
}

/** Not JSON.stringify of an object: it would reorder names that look like numbers, and lose `__proto__`. */
function jsonObject(entries: readonly (readonly [name: string, json: string])[]): string {
  return `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function quoted([name, text]: readonly [string, string]): [string, string] {
  return [name, JSON.stringify(text)];
}
