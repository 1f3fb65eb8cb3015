import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { deferVariables, type Module } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { bertForPretraining } from './text/bert-pretraining.js';
import { gpt2ForLanguageModelling } from './text/gpt2.js';
import { modelKeys, zoo } from './zoo.js';

type Listing = [key: string, dtype: string, shape: number[]][];

const published: Record<string, Listing> = JSON.parse(
  readFileSync(new URL('fixtures/keys.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = seededRandom(1);
const others: Record<string, () => Module<never, unknown>> = {
  bert_pretraining: () => bertForPretraining({ random }),
  gpt2_lm: () => gpt2ForLanguageModelling({ random }),
};

describe('modelKeys', () => {
  for (const [name, listing] of Object.entries(published)) {
    it(`lists ${name} with PyTorch's keys, dtypes and shapes, in order, without making tensors`, () => {
      const before = tf.memory().numTensors;
      const other = others[name];
      const keys = other
        ? [...deferVariables(other).namedParameters()].map(([key, { dtype, shape }]) => [key, dtype, shape])
        : modelKeys(name).map(({ key, dtype, shape }) => [key, dtype, shape]);
      expect(keys).toEqual(listing);
      expect(tf.memory().numTensors).toBe(before);
    });
  }

  it('has a reference for every network but our own', () => {
    const unknown = zoo().filter(({ name }) => !(name in published));
    expect(unknown.map(({ name }) => name)).toEqual(['autoencoder']);
  });

  it('names the networks there are', () => {
    expect(() => modelKeys('resnet')).toThrow(
      /^modelKeys: name must be one of vgg19, .*autoencoder, got "resnet"\.$/,
    );
  });
});

describe('stages', () => {
  for (const { name, create } of zoo()) {
    if (name === 'autoencoder') continue;
    it(`of ${name} hold every path once, in order, and resetHead changes only the last`, () => {
      const model = deferVariables(() => create({ random: seededRandom(1) })) as Module<never, unknown> & {
        stages(): { name: string; paths: string[] }[];
        blockOf(path: string): string;
        resetHead(classCount: number, random: () => number): void;
      };
      const paths = [...model.namedParameters()].map(([path]) => path);
      const blocks = paths.map((path) => model.blockOf(path));
      const order = [...new Set(blocks)];
      const names = model.stages().map((stage) => stage.name);
      expect([...order].sort()).toEqual([...names].sort());
      expect(() => model.blockOf('nowhere.weight')).toThrow(
        'blockOf: path must be one of the model\'s, got "nowhere.weight".',
      );
      const bodyOf = () =>
        [...model.namedParameters()]
          .filter(([path]) => model.blockOf(path) !== names.at(-1))
          .map(([path]) => path);
      const before = bodyOf();
      deferVariables(() => model.resetHead(3, seededRandom(2)));
      expect(bodyOf()).toEqual(before);
      const last = [...model.namedParameters()].at(-1);
      expect(last?.[1].shape).toEqual([3]);
    });
  }
});
