import { existsSync } from 'node:fs';
import { save } from '@warmstart/core-checkpoint';
import { labelMetadata } from '@warmstart/finetune-heads';
import type { StateDict } from '@warmstart/shapes';
import type { Examples } from '../data/examples.js';
import { openCheckpoint } from '../models/open-checkpoint.js';
import type { Terminal } from '../terminal/terminal.js';
import { cardKey, type ModelCard } from './model-card.js';

/** A model: its weights under PyTorch's names, and what they are for. */
export interface ModelFile {
  weights: StateDict;
  card: ModelCard;
}

/** Where a model's rows came from, for its card. */
export function originOf({ source, digest, parts }: Examples): ModelCard['data'] {
  const { name, origin, licence } = source;
  return { name, origin, ...(licence ? { licence } : {}), digest, rows: parts.train.rowCount };
}

/** A file that is not a model of ours, or one for something else. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
  readonly code = 'model-file';
  readonly file: string;

  constructor(message: string, file: string) {
    super(message);
    this.file = file;
  }
}

/** Saves a model as safetensors: equal models give equal bytes. */
export async function saveModel(path: string, { weights, card }: ModelFile): Promise<void> {
  const { answer } = card.preparation;
  const labels =
    card.kind === 'classifier' && answer?.kind === 'classes' ? labelMetadata([...answer.classNames]) : {};
  await save(path, weights, { metadata: { [cardKey]: JSON.stringify(card), ...labels } });
}

/**
 * Reads what {@link saveModel} wrote.
 *
 * @param wanted - what the model must be
 * @throws ModelFileError if the file holds no model of ours, or one of another kind
 */
export async function readModel(
  path: string,
  wanted: 'encoder' | 'tuned' | 'any',
  terminal: Pick<Terminal, 'signal'>,
): Promise<ModelFile> {
  if (!existsSync(path)) {
    throw Object.assign(new Error(`${path}: there is no such file. Check the path.`), {
      code: 'ENOENT',
      file: path,
    });
  }
  const checkpoint = await openCheckpoint(path, terminal);
  try {
    const card = cardIn(checkpoint.metadata[cardKey], path);
    const isEncoder = card.kind === 'encoder';
    if (wanted !== 'any' && isEncoder !== (wanted === 'encoder')) throw otherKind(path, wanted, card.kind);
    return { weights: await checkpoint.stateDict(), card };
  } finally {
    await checkpoint.close();
  }
}

function otherKind(path: string, wanted: 'encoder' | 'tuned', kind: string): ModelFileError {
  const [must, remedy] =
    wanted === 'encoder'
      ? ['an encoder', 'Give the encoder.safetensors of a pretrain run.']
      : ['a fine-tuned model', 'Run warmstart finetune --from this file first.'];
  return new ModelFileError(
    `${path}: the file must hold ${must}, got ${kind === 'encoder' ? 'an encoder' : `a ${kind}`}. ${remedy}`,
    path,
  );
}

function cardIn(text: unknown, path: string): ModelCard {
  if (typeof text !== 'string') {
    throw new ModelFileError(
      `${path}: the file must be a model that warmstart pretrain or finetune wrote, but does not say what it is for. ` +
        'For published weights use --model NAME --weights FILE.',
      path,
    );
  }
  let card: ModelCard;
  try {
    card = JSON.parse(text) as ModelCard;
  } catch {
    throw new ModelFileError(`${path}: the model card in the file is not valid JSON. Was it edited?`, path);
  }
  if (card.version === 1) return card;
  throw new ModelFileError(
    `${path}: the file is of version ${card.version}, this Warmstart reads 1. Install a newer one.`,
    path,
  );
}
