import * as tf from '@tensorflow/tfjs';
import type { Optimizer } from '@warmstart/shapes';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adamW,
  classificationLoss,
  evaluate,
  type FitOptions,
  findLearningRate,
  fit,
  predict,
  sgd,
  type TrainingCheckpoint,
  weightAverage,
} from '../index.js';

/** What holds for every run and every loss of classes, whatever the numbers, on every backend. */
export function invariantSuite(backend: string): void {
  describe(`invariants on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
    });
    itResumesToTheBit();
    itKnowsWhatChangesNothing();
    itLeavesNoTensors();
  });
}

const makers: Record<string, (variables: Map<string, tf.Variable>) => Optimizer> = {
  adamW: (variables) => adamW({ variables, learningRate: (step) => 0.1 / (1 + step), weightDecay: 0.1 }),
  momentum: (variables) => sgd({ variables, learningRate: 0.05, momentum: 0.9 }),
};

/** A small network; what learns changes at step 3, as in gradual unfreezing, and its batches come by epochs. */
function task(optimizerName = 'adamW') {
  const variable = (values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));
  const all = new Map([
    ['early', variable([0.3, -0.2, 0.1])],
    ['late', variable([1, 0.5, -1])],
  ]);
  const optimizer = (makers[optimizerName] as (typeof makers)[string])(all);
  const average = weightAverage({ variables: all, decay: 0.8 });
  const late = new Map([...all].slice(1));
  const rows = Array.from({ length: 5 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i / 5]);
  const options: FitOptions<number[]> = {
    variables: ({ step }) => (step < 3 ? late : all),
    model: { namedVariables: () => [...all].map(([path, one]) => ({ path, variable: one })) },
    optimizer,
    average,
    batches: rows,
    steps: 8,
    clipNorm: 1,
    fingerprint: 'five rows',
    loss: (row, { step }) =>
      tf.tidy(() => {
        const hidden = tf.tanh(tf.mul(tf.tensor1d(row), all.get('early') as tf.Variable));
        const guess = tf.sum(tf.mul(hidden, all.get('late') as tf.Variable));
        return tf.square(tf.sub(guess, Math.sin(step))) as tf.Scalar;
      }),
  };
  const state = async () => [
    ...(await Promise.all([...all.values()].map(async (one) => [...(await one.data())]))),
    ...[...(await average.stateDict()).values()].map(({ data }) => Array.from(data, Number)),
    ...[...(await optimizer.stateDict()).entries()].map(([path, { data }]) => [
      path,
      ...Array.from(data, Number),
    ]),
  ];
  const dispose = () => {
    optimizer.dispose();
    average.dispose();
    tf.dispose([...all.values()]);
  };
  return { options, state, dispose, optimizer };
}

function itResumesToTheBit(): void {
  const cuts = fc.record({
    cut: fc.integer({ min: 1, max: 7 }),
    accumulate: fc.integer({ min: 1, max: 2 }),
    name: fc.constantFrom(...Object.keys(makers)),
  });
  it('7: a run stopped and resumed is the run that was not stopped, whatever it is made of', () =>
    fc.assert(
      fc.asyncProperty(cuts, async ({ cut, accumulate, name }) => {
        const run = async (more: Partial<FitOptions<number[]>>) => {
          const { options, state, dispose } = task(name);
          await fit({ ...options, accumulate, ...more });
          const end = await state();
          dispose();
          return end;
        };
        const saved: TrainingCheckpoint[] = [];
        const save = (checkpoint: TrainingCheckpoint) => void saved.push(structuredClone(checkpoint));
        const whole = await run({});
        await run({ steps: cut, checkpoint: { every: cut, save } });
        expect(await run({ resume: saved[0] as TrainingCheckpoint })).toEqual(whole);
      }),
      { numRuns: 6 },
    ));
}

function itKnowsWhatChangesNothing(): void {
  it('8: equal class weights and smoothing 0 leave the loss of classes as it is', () =>
    fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }),
        async (weight, classes) => {
          const numbers = tf.tidy(() => {
            const logits = tf.tensor2d(
              classes.map((_, row) => [Math.sin(row), Math.cos(row), row / 3]),
              [classes.length, 3],
            );
            const labels = tf.tensor1d(classes, 'int32');
            return tf.stack([
              classificationLoss(logits, labels),
              classificationLoss(logits, labels, { classWeights: [weight, weight, weight] }),
              classificationLoss(logits, labels, { labelSmoothing: 0 }),
            ]);
          });
          const [plain = 0, weighted = 0, unsmoothed] = await numbers.data();
          numbers.dispose();
          expect(Math.abs(weighted - plain)).toBeLessThan(1e-5);
          expect(unsmoothed).toBe(plain);
        },
      ),
      { numRuns: 8 },
    ));
}

function itLeavesNoTensors(): void {
  it('9: leaves no tensor behind, done, thrown out of or aborted', async () => {
    const before = tf.memory().numTensors;
    const boom = (): tf.Scalar => {
      tf.scalar(1);
      throw new Error('boom');
    };
    const abort = new AbortController();
    const endings: [Partial<FitOptions<number[]>>, RegExp | undefined][] = [
      [{}, undefined],
      [{ loss: boom }, /boom/],
      [{ loss: (_, { step }) => tf.scalar(step === 4 ? Number.NaN : 1) }, /loss|gradient|variable/],
      [{ signal: abort.signal, onEvent: () => abort.abort(new Error('enough')), logEvery: 1 }, /enough/],
      [{ onEvent: () => Promise.reject(new Error('listener')), logEvery: 2 }, /listener/],
      [{ checkpoint: { every: 2, save: () => Promise.reject(new Error('disk full')) } }, /disk full/],
      [{ evaluation: { every: 2, measure: () => Promise.reject(new Error('no metric')) } }, /no metric/],
      [{ steps: 0 }, /steps must be/],
    ];
    for (const [more, message] of endings) {
      const { options, dispose } = task();
      const run = fit({ ...options, ...more });
      if (message) await expect(run).rejects.toThrow(message);
      else await run;
      dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    await leavesNothingElsewhere();
    expect(tf.memory().numTensors).toBe(before);
  });
}

/** The other public calls, also where what they call throws. */
async function leavesNothingElsewhere(): Promise<void> {
  const boom = (): never => {
    throw new Error('boom');
  };
  const { options, dispose } = task();
  const variables = (
    options.variables as (at: {
      step: number;
      epoch: number;
      micro: number;
    }) => ReadonlyMap<string, tf.Variable>
  )({ step: 9, epoch: 0, micro: 0 });
  const { loss, batches } = options as Required<Pick<FitOptions<number[]>, 'loss' | 'batches'>>;
  const optimizer = (learningRate: (step: number) => number) => sgd({ variables, learningRate });
  await findLearningRate({ variables, optimizer, loss, batches, steps: 12 });
  await expect(findLearningRate({ variables, optimizer, loss: boom, batches })).rejects.toThrow('boom');
  dispose();
  const call = (row: number[]) => tf.tensor2d([row]);
  await predict({
    call,
    batches: [
      [1, 2],
      [3, 4],
    ],
  });
  await expect(predict({ call, batches: [[1, 2], [3]] })).rejects.toThrow('outputs must be alike');
  await expect(predict({ call: boom, batches: [[1]] })).rejects.toThrow('boom');
  await expect(evaluate({ call, labels: () => [0], batches: [[1, 2]], metrics: { boom } })).rejects.toThrow(
    'boom',
  );
}
