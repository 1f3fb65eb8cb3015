import type { ActivationName } from '@warmstart/nn';
import type { BertConfig } from '../text/bert.js';
import type { Gpt2Config } from '../text/gpt2.js';

/** Hugging Face's config.json, parsed. */
export type HuggingFaceConfig = Readonly<Record<string, unknown>>;

const activations: Record<string, ActivationName> = {
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/** What the settings are called, by family; `settings` in each sees to the rest. */
const bertNames = {
  vocabularySize: 'vocab_size',
  features: 'hidden_size',
  layerCount: 'num_hidden_layers',
  headCount: 'num_attention_heads',
  hiddenFeatures: 'intermediate_size',
  positionCount: 'max_position_embeddings',
  tokenTypeCount: 'type_vocab_size',
  dropout: 'hidden_dropout_prob',
  epsilon: 'layer_norm_eps',
  paddingId: 'pad_token_id',
} as const;
const distilBertNames = {
  vocabularySize: 'vocab_size',
  features: 'dim',
  layerCount: 'n_layers',
  headCount: 'n_heads',
  hiddenFeatures: 'hidden_dim',
  positionCount: 'max_position_embeddings',
  dropout: 'dropout',
  paddingId: 'pad_token_id',
} as const;
const gpt2Names = {
  vocabularySize: 'vocab_size',
  features: 'n_embd',
  layerCount: 'n_layer',
  headCount: 'n_head',
  positionCount: 'n_positions',
  dropout: 'resid_pdrop',
  epsilon: 'layer_norm_epsilon',
} as const;

/**
 * Settings for `bert` out of the config.json of a BERT, MiniLM, RoBERTa or DistilBERT.
 *
 * @throws RangeError for another `model_type`, and for settings that `bert` does not have
 */
export function bertConfigFromHuggingFace(config: HuggingFaceConfig): BertConfig {
  const type = requireOne('bertConfigFromHuggingFace', config, 'model_type', [
    'bert',
    'roberta',
    'distilbert',
  ]);
  const isDistil = type === 'distilbert';
  const named = isDistil ? config.activation : config.hidden_act;
  const activation = activations[String(named ?? 'gelu')];
  if (!activation) {
    throw new RangeError(
      `bertConfigFromHuggingFace: the activation must be one of ${Object.keys(activations).join(', ')}, got ${named}.`,
    );
  }
  requireOne('bertConfigFromHuggingFace', config, 'position_embedding_type', ['absolute', undefined]);
  return {
    ...(isDistil ? numbers(config, distilBertNames) : numbers(config, bertNames)),
    activation,
    ...(type === 'roberta' && { positions: 'roberta' }),
    ...(isDistil && { tokenTypeCount: 1, pooler: false }),
  };
}

/**
 * Settings for `gpt2` out of the config.json of a GPT-2 of any size, or DistilGPT-2.
 *
 * @throws RangeError for another `model_type`, and for settings that `gpt2` does not have
 */
export function gpt2ConfigFromHuggingFace(config: HuggingFaceConfig): Gpt2Config {
  const require = (key: string, known: readonly unknown[]) =>
    requireOne('gpt2ConfigFromHuggingFace', config, key, known);
  require('model_type', ['gpt2']);
  require('activation_function', ['gelu_new', 'gelu_pytorch_tanh', undefined]);
  require('n_inner', [null, undefined, 4 * Number(config.n_embd)]);
  require('scale_attn_by_inverse_layer_idx', [false, undefined]);
  require('scale_attn_weights', [true, undefined]);
  return numbers(config, gpt2Names);
}

/** The numbers that are there; the rest keep our defaults, which are the published base models'. */
function numbers<Setting extends string>(
  config: HuggingFaceConfig,
  names: Readonly<Record<Setting, string>>,
): Partial<Record<Setting, number>> {
  const found: Partial<Record<Setting, number>> = {};
  for (const [setting, name] of Object.entries(names) as [Setting, string][]) {
    const value = config[name];
    if (typeof value === 'number') found[setting] = value;
  }
  return found;
}

function requireOne(
  reader: string,
  config: HuggingFaceConfig,
  key: string,
  known: readonly unknown[],
): unknown {
  const value = config[key];
  if (known.includes(value)) return value;
  const allowed = known.filter((entry) => entry !== undefined).join(' or ');
  throw new RangeError(`${reader}: ${key} must be ${allowed}, got ${value}.`);
}
