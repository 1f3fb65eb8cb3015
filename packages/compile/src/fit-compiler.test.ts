import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { Conv2d, Dropout, Linear } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { adamW, fit, type TrainingCheckpoint, type TrainingEvent } from '@warmstart/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileLoss } from './index.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

/** convolution → relu → dropout → linear, on images of 6 × 6. */
function network() {
  const random = seededRandom(2, 'init');
  const conv = new Conv2d(1, 4, { window: 3, random });
  const head = new Linear(64, 2, { random });
  const dropout = new Dropout(0.3);
  const call = (x: tf.Tensor, draw?: () => number) =>
    tf.tidy(() => {
      const features = tf.relu(conv.call(x));
      const kept = draw ? dropout.call(features, { training: true, random: draw }) : features;
      return head.call(tf.reshape(kept, [-1, 64]));
    });
  const layers = Object.entries({ conv, head });
  const named = () =>
    layers.flatMap(([name, layer]) =>
      [...layer.namedVariables()].map(({ path, variable }) => ({ path: `${name}.${path}`, variable })),
    );
  return { call, named, variables: new Map(named().map(({ path, variable }) => [path, variable])) };
}

function images(step: number) {
  const values = Float32Array.from({ length: 8 * 36 }, (_, i) => Math.sin(step + 1.3 * i));
  return { x: tf.tensor4d(values, [8, 6, 6, 1]), y: tf.tensor2d(values.slice(0, 16), [8, 2]) };
}

interface Run {
  compile: 'auto' | 'always' | 'never';
  steps?: number;
  resume?: TrainingCheckpoint;
  learns?: (step: number) => (path: string) => boolean;
}

async function trained({ compile, steps = 12, resume, learns }: Run) {
  const { call, variables, named } = network();
  const optimizer = adamW({ variables, learningRate: 0.01 });
  const events: TrainingEvent[] = [];
  let saved: TrainingCheckpoint | undefined;
  const evaluated: { measured: number[]; fresh: number[] }[] = [];
  const fixed = images(99);
  const chosen = (step: number) => new Map([...variables].filter(([path]) => learns?.(step)(path) ?? true));
  await fit({
    variables: learns ? ({ step }) => chosen(step) : variables,
    model: { namedVariables: () => named() },
    optimizer,
    batches: ({ step }) => images(step),
    loss: ({ x, y }, { step }) =>
      tf.losses.meanSquaredError(y, call(x, seededRandom(1, 'dropout', step))) as tf.Scalar,
    steps,
    compiler: compileLoss,
    compile,
    evaluation: {
      every: 6,
      measure: () => {
        const outputs = () => [...tf.tidy(() => call(fixed.x)).dataSync()];
        const measured = outputs();
        for (const variable of variables.values())
          tf.tidy(() => variable.assign(tf.tensor(variable.arraySync())));
        evaluated.push({ measured, fresh: outputs() });
        return {};
      },
    },
    checkpoint: {
      every: 6,
      save: (checkpoint) => {
        saved ??= checkpoint;
      },
    },
    ...(resume ? { resume } : {}),
    onEvent: (event) => void events.push(event),
  });
  const weights = [...variables.values()].flatMap((variable) => [...variable.dataSync()]);
  return { weights, events, evaluated, saved: saved as TrainingCheckpoint };
}

describe('compileLoss as compiler of fit', () => {
  it('trains as without it, says so, and evaluates the weights of the moment', async () => {
    const eager = await trained({ compile: 'never' });
    const compiled = await trained({ compile: 'always' });
    for (const [i, weight] of eager.weights.entries()) expect(compiled.weights[i]).toBeCloseTo(weight, 4);
    expect(eager.events.some(({ type }) => type === 'step-compile')).toBe(false);
    expect(compiled.events.find(({ type }) => type === 'step-compile')).toMatchObject({ step: 0, epoch: 0 });
    expect(compiled.evaluated).toHaveLength(2);
    for (const { measured, fresh } of compiled.evaluated) expect(measured).toEqual(fresh);
  });

  it('resumes to the bit', async () => {
    const whole = await trained({ compile: 'always' });
    const resumed = await trained({ compile: 'always', resume: whole.saved });
    expect(resumed.weights).toEqual(whole.weights);
  });

  it('compiles anew when other variables learn', async () => {
    const learns = (step: number) => (path: string) => step >= 5 || path.startsWith('head');
    const eager = await trained({ compile: 'never', learns });
    const compiled = await trained({ compile: 'always', learns });
    for (const [i, weight] of eager.weights.entries()) expect(compiled.weights[i]).toBeCloseTo(weight, 4);
    const made = compiled.events.filter(({ type }) => type === 'step-compile');
    expect(made.map((event) => (event as { step: number }).step)).toEqual([0, 5]);
  });

  it('refuses to compile what has no compiler', async () => {
    const { variables } = network();
    const options = { variables, optimizer: adamW({ variables, learningRate: 0.01 }), steps: 1 };
    const rest = { batches: () => images(0), loss: () => tf.scalar(0), compile: 'always' as const };
    await expect(fit({ ...options, ...rest })).rejects.toThrow("compile: 'always' needs compiler");
  });
});
