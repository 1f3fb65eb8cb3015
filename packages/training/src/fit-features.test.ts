import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  accuracy,
  adamW,
  evaluate,
  type FitOptions,
  findLearningRate,
  fit,
  layersVariables,
  ResumeError,
  sgd,
  type TrainingCheckpoint,
  type TrainingEvent,
  weightAverage,
} from './index.js';

let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

const rows = [
  [1, 0.5, 2],
  [-1, 2, 0],
  [0.5, -1, 1],
  [2, 1, -3],
];

interface Row {
  x: number[];
  y: number;
}

/** Squared error of a linear model on host rows. */
function linear() {
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([0.1, -0.2, 0.3])));
  const variables = new Map([['weight', weight]]);
  const loss = (batch: readonly Row[]) =>
    tf.tidy(() => {
      const x = tf.tensor2d(batch.map((row) => row.x));
      const y = tf.tensor1d(batch.map((row) => row.y));
      return tf.mean(tf.square(tf.sub(tf.dot(x, weight), y))) as tf.Scalar;
    });
  const data: Row[] = rows.map((x, i) => ({ x, y: i - 1 }));
  return { weight, variables, loss, data, dispose: () => weight.dispose() };
}

async function trained(options: Partial<FitOptions<readonly Row[]>> & { resume?: TrainingCheckpoint } = {}) {
  const { variables, weight, loss, data, dispose } = linear();
  const optimizer = adamW({ variables, learningRate: 0.05 });
  try {
    const batches = data.map((row) => [row]);
    const result = await fit<readonly Row[]>({ variables, optimizer, loss, batches, steps: 6, ...options });
    return { result, values: [...(await weight.data())] };
  } finally {
    optimizer.dispose();
    dispose();
  }
}

describe('fit', () => {
  it('makes of accumulated batches the step that one large batch makes', async () => {
    const { data, dispose } = linear();
    const whole = await trained({ batches: [data], steps: 5 });
    const parts = await trained({ batches: data.map((row) => [row]), accumulate: 4, steps: 5 });
    whole.values.forEach((value, i) => {
      expect(parts.values[i]).toBeCloseTo(value, 5);
    });
    expect(parts.result.loss).toBeCloseTo(whole.result.loss, 5);
    dispose();
  });

  it('counts epochs over what can be iterated anew, and says when it cannot', async () => {
    const events: TrainingEvent[] = [];
    const { result } = await trained({ epochs: 2, steps: 99, onEvent: (event) => void events.push(event) });
    expect(result).toMatchObject({ step: 8, epoch: 2 });
    expect(events.filter(({ type }) => type === 'epoch-end')).toHaveLength(2);
    const once = linear();
    const generator = once.data.map((row) => [row]).values();
    await expect(trained({ batches: generator, steps: 5 })).rejects.toThrow(
      'fit: every epoch must have at least one batch, got none in epoch 1. Pass something that can be iterated anew',
    );
    once.dispose();
  });

  it('resumes to the bit in the middle of an epoch, with the average and the best weights', async () => {
    const run = async (stopAt: number | undefined, resume?: TrainingCheckpoint) => {
      const { variables, weight, loss, data, dispose } = linear();
      const optimizer = adamW({ variables, learningRate: (step) => 0.05 / (1 + step) });
      const average = weightAverage({ variables, decay: 0.9 });
      const saved: TrainingCheckpoint[] = [];
      let measured = 0;
      const result = await fit<readonly Row[]>({
        variables,
        optimizer,
        loss,
        average,
        batches: data.map((row) => [row]),
        steps: stopAt ?? 11,
        fingerprint: 'four rows',
        evaluation: {
          every: 2,
          measure: () => ({ score: [3, 9, 4, 5, 1, 2][measured++ + (resume ? 3 : 0)] ?? 0 }),
        },
        earlyStopping: { metric: 'score', mode: 'max', patience: 50 },
        checkpoint: {
          every: stopAt ?? 100,
          save: (checkpoint) => void saved.push(structuredClone(checkpoint)),
        },
        ...(resume ? { resume } : {}),
      });
      const values = [...(await weight.data())];
      const averaged = [...((await average.stateDict()).get('weight')?.data ?? [])];
      optimizer.dispose();
      average.dispose();
      dispose();
      return { values, averaged, best: result.best, checkpoint: saved.at(-1) };
    };
    const whole = await run(undefined);
    const first = await run(7);
    const second = await run(undefined, first.checkpoint);
    expect(second.averaged).toEqual(whole.averaged);
    expect(second.values).toEqual(whole.values);
    expect(second.best).toEqual({ step: 4, value: 9 });
  });

  it('refuses to resume another run, and loads nothing then', async () => {
    const saved: TrainingCheckpoint[] = [];
    const checkpoint = { every: 3, save: (one: TrainingCheckpoint) => void saved.push(one) };
    await trained({ fingerprint: 'a', checkpoint });
    const resume = saved[0] as TrainingCheckpoint;
    const error = await trained({ fingerprint: 'b', resume }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ResumeError);
    expect(String(error)).toContain(
      'resume needs the same fingerprint; the checkpoint has a, this run b. Nothing was loaded.',
    );
    const other = { ...resume, progress: { ...resume.progress, learning: ['bias'] } };
    await expect(trained({ fingerprint: 'a', resume: other })).rejects.toThrow(
      'resume needs the same variables that learn; the checkpoint has bias, this run weight.',
    );
    const misshapen = { ...resume, tensors: new Map(resume.tensors) };
    misshapen.tensors.set('variables.weight', { dtype: 'float32', shape: [2], data: new Float32Array(2) });
    await expect(trained({ fingerprint: 'a', resume: misshapen })).rejects.toThrow('of another shape weight');
  });

  it('lets variables join later, and rolls them back too', async () => {
    const [early, late] = [1, 2].map((value) => tf.tidy(() => tf.variable(tf.scalar(value)))) as [
      tf.Variable,
      tf.Variable,
    ];
    const all = new Map<string, tf.Variable>([
      ['early', early],
      ['late', late],
    ]);
    const optimizer = sgd({ variables: all, learningRate: 0.1 });
    const options = {
      variables: ({ step }: { step: number }) => (step < 2 ? new Map([['early', early]]) : all),
      optimizer,
      batches: [0],
      logEvery: 10,
      loss: (_: number, { step }: { step: number }) =>
        tf.mul(tf.add(early, late), step === 5 ? Number.NaN : 1) as tf.Scalar,
    };
    await expect(fit({ ...options, steps: 1 })).rejects.toThrow('fit: variables as a function needs model,');
    const model = { namedVariables: () => [...all].map(([path, variable]) => ({ path, variable })) };
    await fit({ ...options, steps: 3, model });
    expect((await early.data())[0]).toBeCloseTo(0.7, 5);
    expect((await late.data())[0]).toBeCloseTo(1.9, 5);
    await expect(fit({ ...options, steps: 9, model })).rejects.toThrow('loss became NaN at step 5');
    expect((await late.data())[0]).toBeCloseTo(1.9, 5);
    optimizer.dispose();
    tf.dispose([early, late]);
  });

  it('never saves weights that are not finite', async () => {
    const saved: TrainingCheckpoint[] = [];
    const { variables, weight, dispose } = linear();
    const optimizer = sgd({ variables, learningRate: 0.1 });
    const before = [...(await weight.data())];
    const run = fit({
      variables,
      optimizer,
      batches: [0],
      steps: 4,
      checkpoint: { every: 1, save: (one) => void saved.push(one) },
      lossAndGradients: () => ({ loss: 1, gradients: new Map([['weight', tf.fill([3], Number.NaN)]]) }),
    });
    await expect(run).rejects.toThrow(
      'fit: weight holds a value that is not finite after 1 steps; it is not saved.',
    );
    expect(saved).toEqual([]);
    expect([...(await weight.data())]).toEqual(before);
    optimizer.dispose();
    dispose();
  });

  it('stops early and ends with the best weights', async () => {
    const seen: number[][] = [];
    const { variables, weight, loss, data, dispose } = linear();
    const optimizer = sgd({ variables, learningRate: 0.01 });
    const scores = [1, 5, 4, 3, 9];
    const result = await fit<readonly Row[]>({
      variables,
      optimizer,
      loss,
      batches: [data],
      steps: 50,
      evaluation: {
        every: 2,
        measure: async () => {
          seen.push([...(await weight.data())]);
          return { score: scores[seen.length - 1] ?? 0 };
        },
      },
      earlyStopping: { metric: 'score', mode: 'max', patience: 2 },
    });
    expect(result).toMatchObject({ reason: 'early-stopping', step: 8, best: { step: 4, value: 5 } });
    expect([...(await weight.data())]).toEqual(seen[1]);
    await expect(
      fit({
        ...{ variables, optimizer, loss, steps: 2 },
        batches: [data],
        evaluation: { measure: () => ({ loss: 1 }) },
        earlyStopping: { metric: 'score', mode: 'max', patience: 1 },
      }),
    ).rejects.toThrow('fit: earlyStopping.metric must be measured and not NaN, got score among: loss 1.');
    optimizer.dispose();
    dispose();
  });

  it('stops at once when aborted, saving where it stands', async () => {
    const controller = new AbortController();
    const saved: TrainingCheckpoint[] = [];
    const run = trained({
      steps: 1000,
      logEvery: 1,
      signal: controller.signal,
      checkpoint: { every: 1000, save: (one) => void saved.push(one) },
      onEvent: (event) => {
        if (event.type === 'step-end' && event.step === 3) controller.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(saved.map(({ progress }) => progress.step)).toEqual([3]);
  });

  it('lets a timer abort a loop that never waits', async () => {
    const started = performance.now();
    await expect(trained({ steps: 1e9, signal: AbortSignal.timeout(120) })).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('keeps an average of the weights that can be put in their place', async () => {
    const { variables, weight, loss, data, dispose } = linear();
    const optimizer = sgd({ variables, learningRate: 0.01 });
    const average = weightAverage({ variables, decay: 0.5 });
    const kept = [2 / 11, 3 / 12, 4 / 13];
    let expected = [...(await weight.data())];
    for (let step = 0; step < 3; step++) {
      await fit<readonly Row[]>({ variables, optimizer, loss, average, batches: [data], steps: 1 });
      const now = [...(await weight.data())];
      expected = expected.map(
        (value, i) => (kept[step] as number) * value + (1 - (kept[step] as number)) * (now[i] as number),
      );
    }
    const trainedValues = [...(await weight.data())];
    const restore = average.use();
    [...(await weight.data())].forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 5);
    });
    restore();
    expect([...(await weight.data())]).toEqual(trainedValues);
    average.dispose();
    optimizer.dispose();
    dispose();
  });

  it('says which variables the loss does not depend on, and takes a step computed elsewhere', async () => {
    const { variables, weight, dispose } = linear();
    const unused = tf.tidy(() => tf.variable(tf.scalar(1)));
    const all = new Map<string, tf.Variable>([...variables, ['unused', unused]]);
    const optimizer = sgd({ variables: all, learningRate: 1 });
    const result = await fit({
      variables: all,
      optimizer,
      batches: [0],
      steps: 2,
      lossAndGradients: async () => ({ loss: 0.5, gradients: new Map([['weight', tf.ones([3])]]) }),
    });
    expect(result).toMatchObject({ untouched: ['unused'], loss: 0.5 });
    expect((await weight.data())[0]).toBeCloseTo(0.1 - 2, 5);
    optimizer.dispose();
    unused.dispose();
    dispose();
  });

  it('leaves no tensor behind when the loss throws', async () => {
    const { variables, dispose } = linear();
    const optimizer = sgd({ variables, learningRate: 0.1 });
    const options = { variables, optimizer, steps: 3, batches: () => tf.ones([3]) };
    const loss = (batch: tf.Tensor, { step }: { step: number }) => {
      if (step === 1) throw new Error('boom');
      return tf.sum(tf.mul(batch, variables.get('weight') as tf.Variable)) as tf.Scalar;
    };
    await expect(fit({ ...options, loss })).rejects.toThrow('boom');
    optimizer.dispose();
    dispose();
  });
});

describe('fit with a tf.LayersModel', () => {
  it('trains it, and evaluate measures it', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1] })] });
    const variables = layersVariables(model);
    expect([...variables.keys()].map((path) => path.replace(/\d+/g, ''))).toEqual([
      'dense_Dense/kernel',
      'dense_Dense/bias',
    ]);
    const optimizer = adamW({ variables, learningRate: 0.1 });
    const xs = [-2, -1, -0.5, 0.5, 1, 2];
    const labels = xs.map((x) => (x > 0 ? 1 : 0));
    await fit({
      variables,
      optimizer,
      steps: 60,
      batches: () => ({ x: tf.tensor2d(xs, [6, 1]), y: tf.oneHot(tf.tensor1d(labels, 'int32'), 2) }),
      loss: ({ x, y }) =>
        tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
    });
    const batches = [
      { xs: xs.slice(0, 4), labels: labels.slice(0, 4) },
      { xs: xs.slice(4), labels: labels.slice(4) },
    ];
    const call = (batch: { xs: number[] }) =>
      model.apply(tf.tensor2d(batch.xs, [batch.xs.length, 1])) as tf.Tensor;
    expect(await evaluate({ call, labels: (batch) => batch.labels, batches, metrics: { accuracy } })).toEqual(
      { accuracy: 1 },
    );
    optimizer.dispose();
    model.dispose();
  });
});

describe('findLearningRate', () => {
  it('finds where the loss falls and puts the weights back', async () => {
    const { variables, weight, loss, data, dispose } = linear();
    const before = [...(await weight.data())];
    const curve = await findLearningRate<readonly Row[]>({
      variables,
      optimizer: (learningRate) => sgd({ variables, learningRate }),
      loss,
      batches: () => data,
      from: 1e-5,
      to: 10,
      steps: 60,
    });
    // the largest stable rate of this problem is 2 / 9.4, its Hessian's largest eigenvalue
    expect(curve.careful).toBeGreaterThan(1e-3);
    expect(curve.careful).toBeLessThan(2 / 9.4);
    expect(curve.losses.length).toBeLessThan(60);
    expect([...(await weight.data())]).toEqual(before);
    dispose();
  });
});
