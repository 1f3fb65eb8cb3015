import type { OpenSource } from '@warmstart/core-checkpoint';
import type { ModelCard } from './cards/model-card.js';
import { readModelFile } from './cards/model-file.js';
import { TransferError } from './errors.js';
import { Model } from './model/model.js';
import { PretrainedEncoder } from './pretrained-encoder.js';

/**
 * Opens a model that predicts: a file that `finetune` saved, wherever it was made.
 *
 * @param source - a path, URL, Blob or bytes
 * @returns the model; the caller disposes it
 * @throws TransferError `model-file`
 * @example
 * const model = await openModel('diagnosis.safetensors');
 * const { labels } = await model.predict('new-patients.csv');
 */
export async function openModel(source: OpenSource): Promise<Model> {
  const { weights, card } = await readModelFile(source);
  if (card.kind !== 'encoder') return new Model(weights, card);
  throw otherKind(source, card, 'a model that predicts', 'Fine-tune it first: finetune(rows, { from }).');
}

/**
 * Opens a pre-trained encoder: a file that `pretrain` saved.
 *
 * @throws TransferError `model-file`
 */
export async function openEncoder(source: OpenSource): Promise<PretrainedEncoder> {
  const { weights, card } = await readModelFile(source);
  if (card.kind === 'encoder') return new PretrainedEncoder(weights, card);
  throw otherKind(source, card, 'an encoder', 'Give a file that pretrain saved.');
}

function otherKind(source: OpenSource, { kind }: ModelCard, wanted: string, remedy: string): TransferError {
  const name = typeof source === 'string' ? source : 'the model file';
  const got = kind === 'encoder' ? 'an encoder' : `a ${kind}`;
  return new TransferError('model-file', `${name}: the file must hold ${wanted}, got ${got}. ${remedy}`, {
    ...(typeof source === 'string' ? { file: source } : {}),
  });
}
