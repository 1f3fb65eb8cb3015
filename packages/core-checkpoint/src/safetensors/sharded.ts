import { type CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import { joinPath } from '../flat-keys.js';
import type { FormatOptions } from '../format-options.js';
import type { JsonValue, OpenedFile } from '../opened-file.js';
import type { ByteSource } from '../sources/byte-source.js';
import type { StrictJson } from '../strict-json.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';

/** The map from tensor to shard of an index file; undefined if this JSON is something else. */
export function weightMapOf(json: StrictJson): Map<string, StrictJson> | undefined {
  const map = json instanceof Map ? json.get('weight_map') : undefined;
  return map instanceof Map ? map : undefined;
}

/** Opens one shard; the format of a shard is PyTorch's or safetensors. */
export type OpenShard = (shard: ByteSource) => Promise<OpenedFile>;

/**
 * Understands an index file (`model.safetensors.index.json`, `pytorch_model.bin.index.json`) and the shards it
 * names, which must lie beside it: each tensor exactly where the index says, and no other.
 *
 * @returns tensors in the order of the index
 */
export async function openShards(
  source: ByteSource,
  index: Map<string, StrictJson>,
  options: FormatOptions,
  openShard: OpenShard,
): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const weightMap = weightMapOf(index) ?? new Map<string, StrictJson>();
  const shardNames = new Set([...weightMap].map(([key, shard]) => shardName(key, shard, refuse)));
  if (shardNames.size > options.limits.entryCount || shardNames.size > 10_000) {
    throw refuse('limit', `names ${shardNames.size} shards`);
  }
  const opened: ByteSource[] = [];
  const close = async () => {
    for (const shard of opened) await shard.close();
  };
  try {
    const stored = new Map<string, StoredTensor>();
    const formats = new Set<string>();
    for (const name of shardNames) {
      const shard = await siblingOf(source, name, refuse);
      opened.push(shard);
      const { tensors, format } = await openShard(shard);
      formats.add(format);
      for (const tensor of tensors) stored.set(placed(tensor, name, weightMap, refuse), tensor);
    }
    const tensors = [...weightMap.keys()].map((key) => foundIn(stored, key, weightMap, refuse));
    const format =
      formats.has('safetensors') || formats.size === 0 ? 'safetensors-sharded' : 'pytorch-sharded';
    return { format, tensors, metadata: metadataOf(index), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Under its one name, whether its shard nests it or not. */
function foundIn(
  stored: ReadonlyMap<string, StoredTensor>,
  key: string,
  weightMap: Map<string, StrictJson>,
  refuse: Refuse,
): StoredTensor {
  const tensor = stored.get(key);
  if (tensor) return tensor;
  const shard = String(weightMap.get(key));
  throw refuse('missing-record', `the index puts it in ${shard}, which has no such tensor`, { key });
}

function placed(
  tensor: StoredTensor,
  shard: string,
  weightMap: Map<string, StrictJson>,
  refuse: Refuse,
): string {
  const key = joinPath(tensor.path);
  if (weightMap.get(key) === shard) return key;
  const what = weightMap.has(key)
    ? `the index puts it in ${String(weightMap.get(key))}`
    : 'the index does not know it';
  throw refuse('storage-conflict', `${shard} holds it, but ${what}`, { key });
}

/** A shard lies beside the index: a name with a folder in it could lead anywhere. */
function shardName(key: string, shard: StrictJson, refuse: Refuse): string {
  if (typeof shard === 'string' && /^[^/\\:\0]+$/.test(shard) && shard !== '.' && shard !== '..')
    return shard;
  if (Array.isArray(shard)) {
    throw refuse('unsupported-format', "is Keras's index of shards, which is not read", {
      hint: "Save the weights in one file: model.save_weights('model.weights.h5').",
    });
  }
  const shown = typeof shard === 'string' ? JSON.stringify(shard.slice(0, 100)) : typeof shard;
  throw refuse('unsafe-path', `its shard must be a bare file name, got ${shown}`, { key });
}

async function siblingOf(source: ByteSource, name: string, refuse: Refuse): Promise<ByteSource> {
  if (!source.sibling) {
    throw refuse('missing-shard', `refers to ${name}, but this source has no folder to look in`, {
      hint: 'Open it by path or URL, or pass { siblings }.',
    });
  }
  try {
    return await source.sibling(name);
  } catch (cause) {
    if ((cause as CheckpointError).code !== 'not-found') throw cause;
    throw refuse('missing-shard', `names ${name}, which is not there`, {
      hint: 'Fetch all shards into one folder.',
      cause,
    });
  }
}

function metadataOf(index: Map<string, StrictJson>): { [key: string]: JsonValue } {
  const metadata = index.get('metadata');
  const plain = (value: StrictJson): JsonValue => {
    if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
    return Array.isArray(value) ? value.map(plain) : value;
  };
  return metadata instanceof Map ? (plain(metadata) as { [key: string]: JsonValue }) : {};
}
