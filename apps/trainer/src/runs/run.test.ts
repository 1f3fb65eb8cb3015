import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { failureReport } from '../terminal/failure.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { type Run, withRun } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const optionsFor = (name: string, resume = false) => ({
  command: 'pretrain',
  out: join(folder, name),
  resume,
  tensorboard: false,
  terminal: recordingTerminal(),
});

async function saveStep(run: Run, step: number): Promise<void> {
  const { checkpoint } = await run.fitHooks(10, () => {});
  const tensors = new Map([
    ['variables.w', { dtype: 'float32' as const, shape: [1], data: Float32Array.of(step) }],
  ]);
  const progress = { step } as never; // all that the run reads of it
  await checkpoint?.save({ tensors, progress });
}

describe('withRun', () => {
  it.skipIf(process.platform !== 'linux')(
    'says, when the disk is full in mid-run, what to do and how to go on',
    async () => {
      const failed = withRun(optionsFor('full'), async (run) => {
        await saveStep(run, 10);
        run.log({ type: 'step-end', step: 10 });
        rmSync(run.folder.file('events.jsonl'));
        symlinkSync('/dev/full', run.folder.file('events.jsonl')); // writing to it says that the disk is full
        run.log({ type: 'step-end', step: 11 });
      });
      const error = await failed.catch((reason: unknown) => reason);
      expect(failureReport(error).error).toMatchObject({ code: 'ENOSPC' });
      expect(failureReport(error).error.message).toMatch(
        /events\.jsonl: the disk is full\. Free some space, .*Resume with: warmstart pretrain --resume --out/,
      );
    },
  );

  it('gives the folder back, whatever happens', async () => {
    await withRun(optionsFor('lost'), async () => Promise.reject(new Error('no'))).catch(() => {});
    expect(existsSync(join(folder, 'lost', 'run.lock'))).toBe(false);
  });

  it('refuses a second process in the same folder', async () => {
    await withRun(optionsFor('twice'), async () => {
      await expect(withRun(optionsFor('twice'), async () => {})).rejects.toThrow(
        /process \d+ has been writing to this run folder since .* or choose another --out/,
      );
    });
  });

  it('leaves a finished run as it is until the next one has its data', async () => {
    const engine = { backend: 'cpu', changes: {} } as never;
    const project = (steps: number) => ({ command: 'pretrain', steps }) as never;
    await withRun(optionsFor('done'), async (run) => {
      run.describe(project(1), engine);
      run.finish({ loss: 1 });
    });
    const failing = withRun(optionsFor('done'), async (run) => {
      run.describe(project(2), engine);
      throw new Error('no such file');
    });
    await expect(failing).rejects.toThrow('no such file');
    const options = optionsFor('done');
    await withRun(options, async (run) => {
      expect(run.folder.readJson('result.json')).toEqual({ loss: 1 });
      run.describe(project(3), engine);
      expect(run.folder.readJson('config.json')).toMatchObject({ steps: 1 });
      run.begin();
      expect(run.folder.readJson('result.json')).toBeUndefined();
      expect(run.folder.readJson('config.json')).toMatchObject({ steps: 3 });
    });
    expect(options.terminal.noteText()).toContain('done held a finished run; this one takes its place');
  });

  it('resumes from the newest whole checkpoint, and drops what was logged after it', async () => {
    const engine = { backend: 'cpu', changes: {} } as never;
    await withRun(optionsFor('on'), async (run) => {
      run.describe({ command: 'pretrain' } as never, engine);
      await saveStep(run, 10);
      for (const step of [10, 20]) run.log({ type: 'step-end', step });
    });
    const options = optionsFor('on', true);
    await withRun(options, async (run) => {
      expect((await run.fitHooks(10, () => {})).resume?.progress.step).toBe(10);
      expect(run.folder.readLines('events.jsonl')).toHaveLength(1);
    });
    expect(options.terminal.noteText()).toContain('resuming at step 10');
  });
});
