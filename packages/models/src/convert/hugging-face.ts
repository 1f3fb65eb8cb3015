import type { StateDict } from '@warmstart/core-checkpoint';
import { type KeyRule, renameKeys } from './rename.js';

/** Legacy names of layer norms, and buffers that hold no weights. */
const legacyTable: readonly KeyRule[] = [
  [/LayerNorm\.gamma$/, 'LayerNorm.weight'],
  [/LayerNorm\.beta$/, 'LayerNorm.bias'],
  [/embeddings\.(position_ids|token_type_ids)$/, undefined],
];

/** To the encoder alone: no prefix, no pre-training heads. */
const bertTable: readonly KeyRule[] = [
  ...legacyTable,
  [/^(bert|roberta)\./, ''],
  [/^(cls|lm_head)\./, undefined],
];

/**
 * A Hugging Face file of the BERT family, for `bert`, `miniLm` and `roberta`: with or without prefix,
 * `gamma`/`beta` or `weight`/`bias`, with or without pre-training heads.
 *
 * @returns a new map; the tensors are the same
 */
export function fromHuggingFaceBert(dict: StateDict): StateDict {
  return renameKeys(dict, bertTable);
}

/**
 * The same with its heads, for `bertForPretraining`: the decoder, tied to the word table and often left out of
 * files, is put back.
 *
 * @throws RangeError if the file has no pre-training heads
 */
export function fromHuggingFaceBertPretraining(dict: StateDict): StateDict {
  const renamed = renameKeys(dict, legacyTable);
  const words = renamed.get('bert.embeddings.word_embeddings.weight');
  const bias = renamed.get('cls.predictions.bias') ?? renamed.get('cls.predictions.decoder.bias');
  if (!words || !bias) {
    throw new RangeError(
      'fromHuggingFaceBertPretraining: the file must hold bert.* and cls.predictions.bias, got ' +
        `${[...dict.keys()].slice(0, 3).join(', ')}, … Use fromHuggingFaceBert for the encoder alone.`,
    );
  }
  renamed.set('cls.predictions.bias', bias);
  renamed.set('cls.predictions.decoder.bias', bias);
  renamed.set('cls.predictions.decoder.weight', words);
  return renamed;
}

/** Causal masks are computed, not loaded; the head is the word table. */
const gpt2Table: readonly KeyRule[] = [
  [/^transformer\./, ''],
  [/\.attn\.(bias|masked_bias)$/, undefined],
  [/^lm_head\.weight$/, undefined],
];

/** A Hugging Face file of GPT-2, for `gpt2`: with or without prefix, mask buffers and head. */
export function fromHuggingFaceGpt2(dict: StateDict): StateDict {
  return renameKeys(dict, gpt2Table);
}

/** The same for `gpt2ForLanguageModelling`: under `transformer.`, with the tied head. */
export function fromHuggingFaceGpt2LanguageModel(dict: StateDict): StateDict {
  const renamed = renameKeys(fromHuggingFaceGpt2(dict), [[/^/, 'transformer.']]);
  const words = renamed.get('transformer.wte.weight');
  if (words) renamed.set('lm_head.weight', words);
  return renamed;
}
