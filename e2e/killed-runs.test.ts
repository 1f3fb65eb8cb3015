import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';

const project = inject('everythingInstalled');
const cli = join(project, 'node_modules', '@warmstart', 'trainer', 'dist', 'cli.js');
const penguins = fileURLToPath(new URL('../apps/trainer/fixtures/penguins.csv', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'warmstart-killed-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const settings = [
  '--data',
  penguins,
  '--label',
  'species',
  '--backend',
  'wasm',
  'steps=600',
  'checkpointEvery=25',
  'hidden=[16,8]',
];
const encoderOf = (run: string) => join(scratch, run, 'checkpoints', 'encoder.safetensors');
const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

function linesOf(run: string): number {
  const file = join(scratch, run, 'events.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** A run that was killed before it had written down what it does is started again. */
const isBegun = (run: string) => existsSync(join(scratch, run, 'config.json'));

/** Runs until something new was noted and a random moment more, then kills without warning. */
function killedRun(run: string, moment: number): Promise<NodeJS.Signals | number | null> {
  const before = linesOf(run);
  const child = spawn(
    process.execPath,
    [cli, 'pretrain', ...settings, '--out', join(scratch, run), ...(isBegun(run) ? ['--resume'] : [])],
    { stdio: 'ignore' },
  );
  const timer = setInterval(() => {
    if (linesOf(run) === before) return;
    clearInterval(timer);
    setTimeout(() => child.kill('SIGKILL'), moment);
  }, 2);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearInterval(timer);
      resolve(signal ?? code);
    });
  });
}

describe('a run that is killed', () => {
  it('at ten random moments resumes to the same encoder as one that was left alone', async () => {
    const whole = spawnSync(
      process.execPath,
      [cli, 'pretrain', ...settings, '--out', join(scratch, 'whole')],
      { encoding: 'utf8' },
    );
    expect(whole.status, whole.stderr).toBe(0);
    let random = 7;
    let killed = 0;
    for (let time = 0; time < 10; time++) {
      random = (random * 16807) % 2147483647;
      if ((await killedRun('killed', random % 60)) === 'SIGKILL') killed++;
    }
    expect(killed).toBeGreaterThanOrEqual(5); // a fast machine may finish before the tenth
    const last = spawnSync(
      process.execPath,
      [cli, 'pretrain', '--resume', '--out', join(scratch, 'killed'), '--json'],
      { encoding: 'utf8' },
    );
    expect(last.status, last.stderr).toBe(0);
    expect(digestOf(encoderOf('killed'))).toBe(digestOf(encoderOf('whole')));
  });
});
