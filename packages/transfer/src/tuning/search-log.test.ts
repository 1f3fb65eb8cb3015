import * as tf from '@tensorflow/tfjs';
import { adamW, fit, type TrainingCheckpoint } from '@warmstart/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SearchHooks, SearchLog } from './search-log.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Three trainings of 10 steps toward 3, each at a rate of its own. @returns where each ended, and what it noted */
async function search(hooks: SearchHooks): Promise<{ ends: number[]; notes: number[][] }> {
  const log = new SearchLog(hooks, 'test');
  const ends: number[] = [];
  const notes: number[][] = [];
  for (const learningRate of [0.1, 0.2, 0.3]) {
    const { result } = await log.run<{ end: number; seen: number[] }, number>(
      `rate ${learningRate}`,
      async (options, noted) => {
        const weight = tf.variable(tf.scalar(0));
        const variables = new Map([['weight', weight]]);
        const optimizer = adamW({ variables, learningRate });
        const seen = [...noted.kept];
        const measure = async () => {
          const [value = 0] = await weight.data();
          seen.push(value);
          noted.add(value);
          return { value };
        };
        try {
          await fit({
            ...options,
            variables,
            optimizer,
            steps: 10,
            batches: () => ({}),
            loss: () => tf.tidy(() => tf.square(tf.sub(weight, 3)) as tf.Scalar),
            evaluation: { every: 2, measure },
          });
          return { result: { end: (await weight.data())[0] ?? Number.NaN, seen } };
        } finally {
          optimizer.dispose();
          weight.dispose();
        }
      },
    );
    ends.push(result.end);
    notes.push(result.seen);
  }
  return { ends, notes };
}

describe('SearchLog', () => {
  it('resumes from every checkpoint to the same end, without repeating what was done', async () => {
    const checkpoints: TrainingCheckpoint[] = [];
    const whole = await search({ checkpoint: { every: 3, save: (made) => checkpoints.push(made) } });
    const steps = checkpoints.map(({ progress }) => progress.step);
    expect(steps).toEqual([...steps].sort((left, right) => left - right));
    expect(steps.length).toBeGreaterThan(8);
    for (const resume of checkpoints) {
      let least = Number.POSITIVE_INFINITY;
      const onEvent: SearchHooks['onEvent'] = (event) => {
        if (event.type === 'step-end') least = Math.min(least, event.step);
      };
      expect(await search({ resume, onEvent })).toEqual(whole);
      expect(least).toBeGreaterThan(resume.progress.step);
    }
  });

  it('refuses a checkpoint of something else', () => {
    const resume = { tensors: new Map(), progress: {} } as unknown as TrainingCheckpoint;
    expect(() => new SearchLog({ resume }, 'test')).toThrow('resume needs a checkpoint that finetune saved');
  });
});
