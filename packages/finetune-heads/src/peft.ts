import type { AnyModule } from '@warmstart/nn';
import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { isAdaptable, type LoraAdapters, type LoraOptions } from './lora.js';

/** The part of PEFT's `adapter_config.json` that is used; what changes the numbers and is not known is refused. */
export interface PeftConfig {
  peft_type?: string | null;
  r?: number | null;
  lora_alpha?: number | null;
  target_modules?: string | readonly string[] | null;
  rank_pattern?: Readonly<Record<string, number>> | null;
  alpha_pattern?: Readonly<Record<string, number>> | null;
  use_rslora?: boolean | null;
  use_dora?: boolean | null;
  bias?: string | null;
  fan_in_fan_out?: boolean | null;
  task_type?: string | null;
  base_model_name_or_path?: string | null;
  modules_to_save?: readonly string[] | null;
  [further: string]: unknown;
}

/** A PEFT adapter as `addLora` and `loadStateDict` take it. */
export interface PeftAdapter {
  /** ranks, scales and layers: `addLora(model, { random, ...options })` */
  readonly options: Required<Pick<LoraOptions, 'rank' | 'alpha' | 'select'>>;
  /** for the adapters that `addLora` returns: `loadStateDict(lora, adapter.stateDict)` */
  readonly stateDict: StateDict;
  /** whole modules that were trained too, such as a new classifier, under the model's names */
  readonly modules: StateDict;
}

/**
 * Reads a LoRA adapter of Hugging Face's PEFT for a model of this library.
 *
 * @example
 * const adapter = fromPeft(model, await file.stateDict(), JSON.parse(config));
 * const lora = addLora(model, { random, ...adapter.options });
 * loadStateDict(lora, adapter.stateDict);
 *
 * @param dict - of `adapter_model.safetensors` or `.bin`
 * @param config - of `adapter_config.json`
 * @throws RangeError if the adapter is not a plain LoRA, is for another model, or a tensor is empty
 * @see peft/tuners/lora/layer.py
 */
export function fromPeft(model: AnyModule, dict: StateDict, config: PeftConfig): PeftAdapter {
  checkConfig(config);
  const layers = [...model.namedModules()].filter(([, module]) => isAdaptable(module)).map(([path]) => path);
  const own = [...model.namedParameters()].map(([path]) => path);
  const stateDict: StateDict = new Map();
  const modules: StateDict = new Map();
  const ranks = new Map<string, number>();
  const alphas = new Map<string, number>();
  for (const [key, tensor] of dict) {
    if (tensor.shape.includes(0)) throw emptyTensor(key);
    const name = key.replace(/^base_model\.model\./, '');
    const low = /^(.+)\.lora_([AB])(?:\.[^.]+)?\.weight$/.exec(name);
    if (!low) {
      const path = endOf(own, name.replace('.modules_to_save.default.', '.').replace('.base_layer.', '.'));
      if (path === undefined) throw unknownTo('tensor', key, own);
      modules.set(path, tensor);
      continue;
    }
    const [, module = '', matrix = ''] = low;
    const path = endOf(layers, module);
    if (path === undefined) throw unknownTo('linear layer', module, layers);
    const rank = matrix === 'A' ? tensor.shape[0] : tensor.shape[1];
    ranks.set(path, rank ?? 0);
    alphas.set(path, alphaOf(module, rank ?? 0, config));
    stateDict.set(`${path}.lora_${matrix}`, tensor);
  }
  return { options: optionsOf(ranks, alphas), stateDict, modules };
}

function optionsOf(
  ranks: ReadonlyMap<string, number>,
  alphas: ReadonlyMap<string, number>,
): PeftAdapter['options'] {
  if (ranks.size === 0)
    throw new RangeError('fromPeft: the adapter must have lora_A and lora_B tensors, got none.');
  return {
    rank: (path) => ranks.get(path) ?? 1,
    alpha: (path) => alphas.get(path) ?? 1,
    select: (path) => ranks.has(path),
  };
}

/** PEFT scales by alpha / rank, or with rank-stabilised LoRA by alpha / √rank. */
function alphaOf(
  module: string,
  rank: number,
  { lora_alpha, alpha_pattern, use_rslora, r }: PeftConfig,
): number {
  const pattern = Object.entries(alpha_pattern ?? {}).find(([end]) =>
    new RegExp(`^(.*\\.)?(${end})$`).test(module),
  );
  const alpha = pattern?.[1] ?? lora_alpha ?? r ?? rank;
  return use_rslora ? alpha * Math.sqrt(rank) : alpha;
}

function checkConfig({ peft_type, use_dora, bias }: PeftConfig): void {
  const wrong =
    (peft_type !== 'LORA' && `peft_type LORA, got ${String(peft_type)}`) ||
    (use_dora && 'use_dora false, got true') ||
    (bias != null && bias !== 'none' && `bias "none", got "${bias}"`);
  if (wrong) {
    throw new RangeError(
      `fromPeft: the configuration must have ${wrong}. In Python, model.merge_and_unload().save_pretrained(…) writes a whole model that needs no adapter.`,
    );
  }
}

/** The one name that `name` ends with, from a dot on: a checkpoint's model may wrap ours. */
function endOf(paths: readonly string[], name: string): string | undefined {
  const found = paths.filter((path) => path !== '' && (name === path || name.endsWith(`.${path}`)));
  return found.sort((a, b) => b.length - a.length)[0];
}

function unknownTo(what: string, name: string, known: readonly string[]): RangeError {
  return new RangeError(
    `fromPeft: the model must have a ${what} ${name}, got ${known.slice(0, 3).join(', ')}, … Is the adapter for another model?`,
  );
}

function emptyTensor(key: string): RangeError {
  return new RangeError(
    `fromPeft: ${key} must have values, got an empty tensor, as DeepSpeed ZeRO-3 leaves it. Save the adapter from gathered parameters: accelerator.get_state_dict(model).`,
  );
}

/** What PEFT reads: `PeftModel.from_pretrained(base, folder)`. */
export interface PeftFiles {
  /** for `adapter_config.json` */
  readonly config: PeftConfig;
  /** for `adapter_model.safetensors` */
  readonly stateDict: StateDict;
}

/** How an adapter is written for PEFT. */
export interface ToPeftOptions {
  /** what the base model of Transformers has before this library's paths: "bert." of a BertForSequenceClassification */
  prefix?: string;
  /** "SEQ_CLS", "CAUSAL_LM", …; default none */
  taskType?: string;
  /** where the base model comes from, such as "google-bert/bert-base-uncased" */
  baseModel?: string;
  /** whole modules that were trained too, by PEFT's names below the base model: "classifier.weight" */
  modules?: StateDict;
}

/**
 * An adapter as PEFT saves it, in two files.
 *
 * @param dict - `await stateDict(lora)`
 * @throws RangeError if the dict is not of these adapters
 */
export function toPeft(
  lora: Pick<LoraAdapters, 'layers'>,
  dict: StateDict,
  { prefix = '', taskType, baseModel, modules = new Map() }: ToPeftOptions = {},
): PeftFiles {
  const stateDict: StateDict = new Map();
  for (const path of lora.layers.keys()) {
    for (const matrix of ['lora_A', 'lora_B'])
      stateDict.set(
        `base_model.model.${prefix}${path}.${matrix}.weight`,
        adapterTensor(dict, `${path}.${matrix}`),
      );
  }
  for (const [key, tensor] of modules) stateDict.set(`base_model.model.${key}`, tensor);
  const saved = [...new Set([...modules.keys()].map((key) => key.replace(/\.[^.]+$/, '')))];
  const layers = [...lora.layers];
  const [, first = { rank: 1, alpha: 1, transposed: false }] = layers[0] ?? [];
  const config: PeftConfig = {
    peft_type: 'LORA',
    task_type: taskType ?? null,
    base_model_name_or_path: baseModel ?? null,
    r: first.rank,
    lora_alpha: first.alpha,
    lora_dropout: 0,
    target_modules: layers.map(([path]) => `${prefix}${path}`),
    rank_pattern: pattern(layers, prefix, ({ rank }) => (rank === first.rank ? undefined : rank)),
    alpha_pattern: pattern(layers, prefix, ({ alpha }) => (alpha === first.alpha ? undefined : alpha)),
    modules_to_save: saved.length > 0 ? saved : null,
    bias: 'none',
    fan_in_fan_out: first.transposed,
    inference_mode: true,
    init_lora_weights: true,
  };
  return { config, stateDict };
}

type AdaptedLayer = LoraAdapters['layers'] extends ReadonlyMap<string, infer Layer> ? Layer : never;

function pattern(
  layers: readonly (readonly [string, AdaptedLayer])[],
  prefix: string,
  value: (layer: AdaptedLayer) => number | undefined,
): Record<string, number> {
  const found = layers.flatMap(([path, layer]) => {
    const own = value(layer);
    return own === undefined ? [] : [[`${prefix}${path}`.replaceAll('.', '\\.'), own] as const];
  });
  return Object.fromEntries(found);
}

function adapterTensor(dict: StateDict, key: string): NamedTensor {
  const tensor = dict.get(key);
  if (tensor) return tensor;
  throw new RangeError(`toPeft: the dict must have ${key}, got none. Pass await stateDict(lora).`);
}
