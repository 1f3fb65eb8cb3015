import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, loadWeights, open, stateDict } from '@warmstart/core-checkpoint';
import { addLora, fromPeft, type PeftConfig, toPeft } from '@warmstart/finetune-heads';
import {
  bert,
  bertConfigFromHuggingFace,
  gpt2,
  gpt2ConfigFromHuggingFace,
  publishedWeights,
} from '@warmstart/models';
import { beforeAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../finetune-heads/fixtures/peft/', import.meta.url));
const jsonOf = (path: string) => JSON.parse(readFileSync(folder + path, 'utf8'));
const random = () => 0.5; // every drawn value is replaced by a file's

beforeAll(async () => {
  await tf.setBackend('cpu');
});

async function dictOf(path: string) {
  const checkpoint = await open(folder + path);
  const dict = await checkpoint.stateDict();
  await checkpoint.close();
  return dict;
}

async function bertWithBase() {
  const model = bert({ ...bertConfigFromHuggingFace(jsonOf('bert/base/config.json')), random });
  model.resetHead(3, random);
  await loadWeights(model, await dictOf('bert/base/model.safetensors'), publishedWeights('bert_base'));
  return model;
}

async function gpt2WithBase() {
  const model = gpt2({ ...gpt2ConfigFromHuggingFace(jsonOf('gpt2/base/config.json')), random });
  await loadWeights(model, await dictOf('gpt2/base/model.safetensors'), publishedWeights('gpt2'));
  return model;
}

describe('an adapter that PEFT saved', () => {
  it.each([
    ['bert', bertWithBase, 'bert.'],
    ['gpt2', gpt2WithBase, ''],
  ] as const)(
    'gives %s the outputs that PEFT gives, merged or not, and is written back the same',
    async (name, build, prefix) => {
      const { ids, values } = jsonOf(`${name}/expected.json`) as { ids: number[][]; values: number[] };
      const model = await build();
      const config = jsonOf(`${name}/adapter/adapter_config.json`) as PeftConfig;
      const file = await dictOf(`${name}/adapter/adapter_model.safetensors`);
      const adapter = fromPeft(model, file, config);
      const lora = addLora(model, { random, ...adapter.options });
      expect(String(loadStateDict(lora, adapter.stateDict))).toBe('<All keys matched successfully>');
      if (adapter.modules.size > 0) loadStateDict(model, adapter.modules, { strict: false });
      const errorNow = async () => {
        const output = model.call(ids);
        const found = await output.data();
        output.dispose();
        return Math.max(...values.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
      };
      expect(await errorNow()).toBeLessThan(2e-5); // float32, sums in another order
      lora.merge();
      expect(await errorNow()).toBeLessThan(2e-5);
      lora.unmerge();
      const heads = new Map([...file].filter(([key]) => !key.includes('.lora_')));
      const modules = new Map(
        [...heads].map(([key, tensor]) => [key.replace('base_model.model.', ''), tensor]),
      );
      const written = toPeft(lora, await stateDict(lora), { prefix, modules });
      expect(new Map([...written.stateDict].sort())).toEqual(new Map([...file].sort()));
      const again = fromPeft(model, written.stateDict, written.config);
      for (const path of lora.layers.keys()) {
        expect(again.options.alpha as unknown).toBeTypeOf('function');
        expect((again.options.alpha as (path: string) => number)(path)).toBeCloseTo(
          lora.layers.get(path)?.alpha ?? 0,
          6,
        );
      }
      lora.dispose();
      model.dispose();
    },
  );

  it('is refused where it is not a plain LoRA, of another model, or empty', async () => {
    const model = await bertWithBase();
    const config = jsonOf('bert/adapter/adapter_config.json') as PeftConfig;
    const file = await dictOf('bert/adapter/adapter_model.safetensors');
    expect(() => fromPeft(model, file, { ...config, use_dora: true })).toThrow('use_dora false, got true');
    expect(() => fromPeft(model, file, { ...config, peft_type: 'IA3' })).toThrow('peft_type LORA, got IA3');
    expect(() => fromPeft(model, file, { ...config, bias: 'all' })).toThrow('bias "none", got "all"');
    const other = new Map([...file].map(([key, tensor]) => [key.replace('layer.1', 'layer.7'), tensor]));
    expect(() => fromPeft(model, other, config)).toThrow(
      'the model must have a linear layer bert.encoder.layer.7.',
    );
    const [key = ''] = file.keys();
    const empty = { dtype: 'float32', shape: [0], data: new Float32Array(0) };
    expect(() => fromPeft(model, new Map([[key, empty]]), config)).toThrow('DeepSpeed ZeRO-3');
    expect(() => fromPeft(model, new Map(), config)).toThrow('must have lora_A and lora_B tensors, got none');
    model.dispose();
  });
});
