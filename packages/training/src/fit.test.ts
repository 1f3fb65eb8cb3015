import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { adamW, fit, NonFiniteLossError, sgd, type TrainingCheckpoint, type TrainingEvent } from './index.js';

let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

/** y = 3x − 1, as a model of two scalars. */
function line() {
  const slope = zero();
  const offset = zero();
  const variables = new Map([
    ['slope', slope],
    ['offset', offset],
  ]);
  const xs = [-1, 0, 0.5, 1, 2];
  const loss = (batch: { x: tf.Tensor; y: tf.Tensor }) =>
    tf.mean(tf.square(tf.sub(tf.add(tf.mul(batch.x, slope), offset), batch.y))) as tf.Scalar;
  const batches = () => ({ x: tf.tensor1d(xs), y: tf.tensor1d(xs.map((x) => 3 * x - 1)) });
  const dispose = () => tf.dispose([slope, offset]);
  return { variables, slope, offset, loss, batches, dispose };
}

function zero(): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(0)));
}

async function numbers(variables: ReadonlyMap<string, tf.Variable>): Promise<number[]> {
  return (await Promise.all([...variables.values()].map((variable) => variable.data()))).flatMap((data) => [
    ...data,
  ]);
}

describe('fit', () => {
  it('fits a line', async () => {
    const { variables, loss, batches, dispose } = line();
    const optimizer = sgd({ variables, learningRate: 0.1, momentum: 0.5 });
    const result = await fit({ variables, optimizer, loss, batches, steps: 200 });
    const [slope, offset] = await numbers(variables);
    expect(slope).toBeCloseTo(3, 4);
    expect(offset).toBeCloseTo(-1, 4);
    expect(result).toMatchObject({ step: 200, reason: 'completed', untouched: [] });
    expect(result.loss).toBeLessThan(1e-8);
    optimizer.dispose();
    dispose();
  });

  it('reports every loss, though it reads them only every logEvery steps', async () => {
    const { variables, loss, batches, dispose } = line();
    const optimizer = adamW({ variables, learningRate: 0.01 });
    const events: TrainingEvent[] = [];
    await fit({
      variables,
      optimizer,
      loss,
      batches,
      steps: 7,
      logEvery: 3,
      onEvent: (event) => void events.push(event),
    });
    const steps = events.filter((event) => event.type === 'step-end');
    expect(steps.map((event) => [event.step, event.losses.length])).toEqual([
      [3, 3],
      [6, 3],
      [7, 1],
    ]);
    expect(steps[0]?.losses[0]).toBeCloseTo((16 + 1 + 0.25 + 4 + 25) / 5, 4);
    expect(events.at(-1)).toMatchObject({ type: 'fit-end', reason: 'completed' });
    optimizer.dispose();
    dispose();
  });

  it('pins a NaN loss to its step and puts back the weights that were last good', async () => {
    const { variables, slope, loss, batches, dispose } = line();
    const optimizer = sgd({ variables, learningRate: 0.1 });
    const poisoned = (batch: { x: tf.Tensor; y: tf.Tensor }, at: { step: number }) =>
      at.step === 7 ? (tf.mul(loss(batch), Number.NaN) as tf.Scalar) : loss(batch);
    const seen: number[] = [];
    const run = fit({
      variables,
      optimizer,
      loss: poisoned,
      batches,
      steps: 20,
      logEvery: 5,
      onEvent: async () => void seen.push((await slope.data())[0] as number),
    });
    const error = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error).toMatchObject({ step: 7, restoredStep: 5, learningRate: 0.1 });
    expect((await slope.data())[0]).toBe(seen[0]);
    optimizer.dispose();
    dispose();
  });

  it('saves by the clock where steps are slow, and starts the clock anew with each checkpoint', async () => {
    const { variables, loss, batches, dispose } = line();
    const optimizer = sgd({ variables, learningRate: 0.1 });
    const saved: number[] = [];
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const slow = ({ step }: { step: number }) => {
      if (step === 2) now += 60_000;
      return batches();
    };
    const save = ({ progress }: TrainingCheckpoint) => void saved.push(progress.step);
    const checkpoint = { every: 5, everySeconds: 60, save };
    await fit({ variables, optimizer, loss, batches: slow, steps: 6, checkpoint });
    clock.mockRestore();
    expect(saved).toEqual([3, 5]);
    const wrong = { every: 5, everySeconds: 0, save };
    await expect(fit({ variables, optimizer, loss, batches, steps: 6, checkpoint: wrong })).rejects.toThrow(
      'fit: checkpoint.everySeconds must be a number > 0, got 0.',
    );
    optimizer.dispose();
    dispose();
  });

  it('resumes to the bit', async () => {
    const run = async (resumeAt?: number) => {
      const { variables, loss, batches, dispose } = line();
      const rate = (step: number) => 0.1 / (1 + step);
      const saved: TrainingCheckpoint[] = [];
      const first = adamW({ variables, learningRate: rate });
      await fit({
        variables,
        optimizer: first,
        loss,
        batches,
        steps: resumeAt ?? 10,
        checkpoint: { every: 5, save: (checkpoint) => void saved.push(checkpoint) },
      });
      first.dispose();
      const [checkpoint] = saved;
      if (resumeAt === undefined || !checkpoint) {
        const result = await numbers(variables);
        dispose();
        return result;
      }
      dispose();
      const fresh = line();
      const optimizer = adamW({ variables: fresh.variables, learningRate: rate });
      await fit({ ...fresh, optimizer, steps: 10, resume: structuredClone(checkpoint) });
      const result = await numbers(fresh.variables);
      optimizer.dispose();
      fresh.dispose();
      return result;
    };
    expect(await run(7)).toEqual(await run());
  });

  it('says what JavaScript got wrong, before anything is computed', async () => {
    const { variables, loss, batches, dispose } = line();
    const optimizer = sgd({ variables, learningRate: 0.1 });
    const run = (more: object) => fit({ variables, optimizer, loss, batches, steps: 2, ...more } as never);
    await expect(run({ variables: [...variables.values()] })).rejects.toThrow(
      "fit: variables must be a Map from path to tf.Variable, got an array. E.g. new Map([['weight', weight]]).",
    );
    const foreign = tf.train.sgd(0.1);
    await expect(run({ optimizer: foreign })).rejects.toThrow('fit: optimizer must have step');
    await expect(run({ evaluation: () => ({}) })).rejects.toThrow('fit: evaluation must be { measure');
    await expect(run({ checkpoint: 'run.ckpt' })).rejects.toThrow('fit: checkpoint must be { save');
    const evaluation = { measure: () => ({ accuracy: 1 }) };
    await expect(run({ evaluation, earlyStopping: { metric: 'accuracy', patience: 1 } })).rejects.toThrow(
      "fit: earlyStopping.mode must be 'max' (accuracy) or 'min' (loss), got undefined.",
    );
    let saved: TrainingCheckpoint | undefined;
    const save = (checkpoint: TrainingCheckpoint) => {
      saved = checkpoint;
    };
    await run({ checkpoint: { every: 2, save } });
    await expect(run({ steps: 4, resume: JSON.parse(JSON.stringify(saved)) })).rejects.toThrow(
      'JSON keeps no Map: save tensors as safetensors, only progress as JSON.',
    );
    expect(() => sgd({ learningRate: 0.1 } as never)).toThrow('sgd: variables must be a Map');
    optimizer.dispose();
    foreign.dispose();
    dispose();
  });

  it('refuses options that cannot work, before anything is computed', async () => {
    const { variables, loss, batches, dispose } = line();
    const optimizer = sgd({ variables, learningRate: 0.1 });
    const good = { variables, optimizer, loss, batches, steps: 1 };
    await expect(fit({ ...good, steps: 0 })).rejects.toThrow('fit: steps must be a whole number > 0, got 0.');
    await expect(fit({ ...good, variables: new Map() })).rejects.toThrow(
      'fit: variables must hold at least one variable, got none. Is everything frozen?',
    );
    await expect(fit({ ...good, clipNorm: -1 })).rejects.toThrow('fit: clipNorm must be > 0, got -1.');
    optimizer.dispose();
    dispose();
  });
});
