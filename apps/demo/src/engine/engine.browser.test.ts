import * as tf from '@tensorflow/tfjs-core';
import type { TrainingCheckpoint } from '@warmstart/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PretrainEvent, type PretrainSettings, pretrain } from '../method/pretrain.js';
import { prepareTable, type Table } from '../method/table.js';
import { type EngineFacts, startEngine } from './start-engine.js';

const settings: PretrainSettings = { maskRatio: 0.5, groupSize: 1, steps: 120, seed: 7 };
let facts: EngineFacts;
let table: Table;

beforeAll(async () => {
  facts = await startEngine('auto', () => {});
  table = await prepareTable({ kind: 'sample', name: 'spambase' });
});

describe('startEngine', () => {
  it('names the engine, and why a faster one was passed over', () => {
    expect(['webgpu', 'wasm']).toContain(facts.backend);
    expect(tf.getBackend()).toBe(facts.backend);
    if (facts.backend === 'wasm') expect(facts.reasons.join(' ')).toMatch(/WebGPU/);
  });
});

describe('pretrain', () => {
  it('rebuilds better as it goes, leaves no tensor behind, and resumes to the bit', async () => {
    const before = tf.memory().numTensors;
    const events: PretrainEvent[] = [];
    let halfway: TrainingCheckpoint | undefined;
    const whole = await pretrain(table, settings, {
      signal: new AbortController().signal,
      tell: (event) => events.push(event),
      keep: async (checkpoint) => {
        halfway ??= structuredClone(checkpoint);
      },
    });
    const checks = events.flatMap((event) => (event.type === 'check' ? [event.check] : []));
    expect(checks.map(({ step }) => step)).toEqual([0, 40, 80, 120]);
    expect(checks.at(-1)?.loss).toBeLessThan(checks[0]?.loss ?? 0);
    expect(halfway?.progress.step).toBe(80);
    const resumed = await pretrain(table, settings, {
      resume: halfway,
      signal: new AbortController().signal,
      tell: () => {},
      keep: async () => {},
    });
    expect([...resumed]).toEqual([...whole]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
