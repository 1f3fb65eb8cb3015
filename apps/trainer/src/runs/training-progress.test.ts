import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { withRun } from './run.js';
import { printLossCurve } from './training-progress.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-course-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function told(interactive: boolean): Promise<string> {
  const terminal = { ...recordingTerminal(), interactive };
  const options = {
    command: 'pretrain',
    out: join(folder, 'run'),
    resume: false,
    tensorboard: false,
    terminal,
  };
  await withRun(options, async (run) => {
    for (const loss of [1, 0.5, 0.25, 0.125]) run.log({ type: 'step-end', loss });
    run.log({ type: 'evaluation-end', metrics: {} });
    printLossCurve(run, terminal);
  });
  return terminal.noteText();
}

describe('printLossCurve', () => {
  it('draws the loss of the whole run on a screen', async () => {
    expect(await told(true)).toBe('training loss 1.000 █▄▂▁ 0.125');
  });

  it('says nothing where there is no screen', async () => {
    expect(await told(false)).toBe('');
  });
});
