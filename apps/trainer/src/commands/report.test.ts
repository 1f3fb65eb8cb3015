import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli(['report', ...args], terminal);
  return { exitCode, out: terminal.outText(), notes: terminal.noteText() };
}

describe('warmstart report', () => {
  it('shows a finished run again', async () => {
    const interval = { mean: 0.5, low: 0.4, high: 0.6 };
    const arm = {
      name: 'scratch',
      accuracy: interval,
      rocAuc: interval,
      gainOverScratch: interval,
      chosen: { l2: 1 },
    };
    const result = {
      dataset: 'spambase',
      seed: 4,
      labels: 20,
      seeds: 10,
      arms: [arm],
      reference: arm,
      byLabels: { arms: [arm], reference: arm, gainOverShuffled: interval },
      found: 'This.',
    };
    mkdirSync(join(folder, 'done'));
    writeFileSync(join(folder, 'done', 'result.json'), JSON.stringify(result));
    const { exitCode, out } = await report(join(folder, 'done'));
    expect(exitCode).toBe(0);
    expect(out).toContain('spambase, seed 4, 20 labels, 10 draws');
    expect(out).toContain('This.');
    expect(JSON.parse((await report(join(folder, 'done'), '--json')).out)).toEqual(result);
  });

  it('tells an unfinished run from no run at all', async () => {
    mkdirSync(join(folder, 'stopped'));
    writeFileSync(join(folder, 'stopped', 'config.json'), '{}');
    expect((await report(join(folder, 'stopped'))).notes).toContain('The run did not finish');
    const { exitCode, out } = await report(join(folder, 'nowhere'), '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'missing-result' } });
  });
});
