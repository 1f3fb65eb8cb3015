import {
  type ByteTarget,
  CheckpointError,
  type OpenSource,
  open,
  save,
  toBytes,
} from '@warmstart/core-checkpoint';
import { labelMetadata } from '@warmstart/finetune-heads';
import type { StateDict } from '@warmstart/shapes';
import { TransferError } from '../errors.js';
import { parseCard } from './card-schema.js';
import { checkWeights } from './check-weights.js';
import { cardKey, cardVersion, type ModelCard } from './model-card.js';

/** Where a model file goes: a path that ends in `.safetensors`, or a target of `@warmstart/core-checkpoint`. */
export type SaveTarget = string | ByteTarget;

/** A model: its weights under PyTorch's keys, and what they are for. */
export interface ModelFile {
  readonly weights: StateDict;
  readonly card: ModelCard;
}

/** Saves a model as safetensors: equal models give equal bytes. */
export async function saveModelFile(target: SaveTarget, { weights, card }: ModelFile): Promise<void> {
  if (typeof target === 'string' && !/\.safetensors$/i.test(target)) {
    throw new TransferError(
      'model-file',
      `${target}: a model file must end in .safetensors, the format that holds its card.`,
      { file: target },
    );
  }
  await save(target, weights, { metadata: metadataOf(card) });
}

/** The bytes of a model file. */
export function modelFileBytes({ weights, card }: ModelFile): Uint8Array {
  return toBytes(weights, 'safetensors', { metadata: metadataOf(card) });
}

function metadataOf(card: ModelCard): Record<string, string> {
  const labels =
    card.kind === 'classifier' && card.output.kind === 'classes'
      ? labelMetadata([...card.output.classNames])
      : {};
  return { [cardKey]: JSON.stringify(card), ...labels };
}

/**
 * Reads a model file.
 *
 * @throws TransferError `model-file` for a file without a card, with a damaged one or one of another version; what
 *   `open` throws for files that are not checkpoints
 */
export async function readModelFile(source: OpenSource): Promise<ModelFile> {
  const name = nameOf(source);
  const checkpoint = await open(source).catch((cause: unknown) => {
    if (!(cause instanceof CheckpointError)) throw cause;
    throw new TransferError('model-file', cause.message, { cause, file: name });
  });
  try {
    const text = checkpoint.metadata[cardKey];
    if (typeof text !== 'string') throw withoutCard(name);
    const card = cardIn(text, name);
    const weights = await checkpoint.stateDict();
    checkWeights(card, weights, name);
    return { weights, card };
  } finally {
    await checkpoint.close();
  }
}

function cardIn(text: string, name: string): ModelCard {
  let card: unknown;
  try {
    card = JSON.parse(text);
  } catch (cause) {
    throw new TransferError(
      'model-file',
      `${name}: the model card in the file is not valid JSON. Was it edited?`,
      {
        cause,
        file: name,
      },
    );
  }
  const version = (card as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > cardVersion) {
    throw new TransferError(
      'model-file',
      `${name}: the model card is of version ${version}; this package reads version ${cardVersion}. Update @warmstart/transfer.`,
      { file: name },
    );
  }
  return parseCard(card, name);
}

function withoutCard(name: string): TransferError {
  return new TransferError(
    'model-file',
    `${name}: the file has weights but no model card, so it does not say what they are for. ` +
      'A file of pretrain or finetune has one; published weights are opened with @warmstart/models.',
    { file: name },
  );
}

/** For messages. */
function nameOf(source: OpenSource): string {
  if (typeof source === 'string') return source;
  if (source instanceof URL) return source.href;
  const { name } = source as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : 'the model file';
}
