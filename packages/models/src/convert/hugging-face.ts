import type { StateDict } from '@warmstart/shapes';
import { type KeyRule, renameKeys } from './rename.js';

/** Legacy names of layer norms, and buffers that hold no weights. */
const legacyTable: readonly KeyRule[] = [
  [/LayerNorm\.gamma$/, 'LayerNorm.weight'],
  [/LayerNorm\.beta$/, 'LayerNorm.bias'],
  [/embeddings\.(position_ids|token_type_ids)$/, undefined],
];

/** To the encoder alone: no prefix, no pre-training heads. RoBERTa's classifier is a pooler and a last layer. */
const bertTable: readonly KeyRule[] = [
  ...legacyTable,
  [/^(bert|roberta)\./, ''],
  [/^(cls|lm_head)\./, undefined],
  [/^classifier\.dense\./, 'pooler.dense.'],
  [/^classifier\.out_proj\./, 'classifier.'],
];

/**
 * A Hugging Face file of the BERT family, for `bert`, `miniLm` and `roberta`: with or without prefix,
 * `gamma`/`beta` or `weight`/`bias`, with or without pre-training heads. A fine-tuned classifier's last layer comes
 * along: load it after `resetHead` with as many classes, or without it by `{ include: (key) => !key.startsWith('classifier') }`.
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

const distilBertTable: readonly KeyRule[] = [
  [/^distilbert\./, ''],
  [/^(vocab_\w+|pre_classifier|classifier|qa_outputs)\./, undefined],
  [/^transformer\.layer\.(\d+)\./, 'encoder.layer.$1.'],
  [/\.attention\.q_lin\./, '.attention.self.query.'],
  [/\.attention\.k_lin\./, '.attention.self.key.'],
  [/\.attention\.v_lin\./, '.attention.self.value.'],
  [/\.attention\.out_lin\./, '.attention.output.dense.'],
  [/\.sa_layer_norm\./, '.attention.output.LayerNorm.'],
  [/\.ffn\.lin1\./, '.intermediate.dense.'],
  [/\.ffn\.lin2\./, '.output.dense.'],
  [/\.output_layer_norm\./, '.output.LayerNorm.'],
];

/**
 * A Hugging Face DistilBERT, for `bert({ layerCount: 6, tokenTypeCount: 1, pooler: false })`: its heads are dropped, and
 * the token types that it does without become zeros.
 *
 * @throws RangeError if it is no DistilBERT
 * @see Sanh et al. 2019, arXiv 1910.01108
 */
export function fromHuggingFaceDistilBert(dict: StateDict): StateDict {
  const renamed = renameKeys(dict, distilBertTable);
  const words = renamed.get('embeddings.word_embeddings.weight');
  if (!words || !renamed.has('encoder.layer.0.attention.self.query.weight')) {
    throw new RangeError(
      'fromHuggingFaceDistilBert: the file must hold transformer.layer.0.attention.q_lin.weight, got ' +
        `${[...dict.keys()].slice(0, 3).join(', ')}, …`,
    );
  }
  const shape = [1, words.shape[1] as number];
  const data = new Float32Array(shape[1] as number);
  return renamed.set('embeddings.token_type_embeddings.weight', { dtype: 'float32', shape, data });
}

/** Causal masks are computed, not loaded; the head is the word table. */
const gpt2Table: readonly KeyRule[] = [
  [/^transformer\./, ''],
  [/\.attn\.(bias|masked_bias)$/, undefined],
  [/^lm_head\.weight$/, undefined],
  [/^score\.weight$/, 'classifier.weight'],
];

/**
 * A Hugging Face file of GPT-2, for `gpt2`: with or without prefix, mask buffers and head. A fine-tuned classifier's
 * last layer comes along, with the bias of zeros that it does without: load it after `resetHead`.
 */
export function fromHuggingFaceGpt2(dict: StateDict): StateDict {
  const renamed = renameKeys(dict, gpt2Table);
  const classCount = renamed.get('classifier.weight')?.shape[0];
  if (classCount === undefined) return renamed;
  const bias = { dtype: 'float32', shape: [classCount], data: new Float32Array(classCount) } as const;
  return renamed.set('classifier.bias', bias);
}

/** The same for `gpt2ForLanguageModelling`: under `transformer.`, with the tied head. */
export function fromHuggingFaceGpt2LanguageModel(dict: StateDict): StateDict {
  const renamed = renameKeys(fromHuggingFaceGpt2(dict), [[/^/, 'transformer.']]);
  const words = renamed.get('transformer.wte.weight');
  if (words) renamed.set('lm_head.weight', words);
  return renamed;
}
