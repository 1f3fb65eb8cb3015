import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, save } from '@warmstart/core-checkpoint';
import { openGuides } from '@warmstart/guided-tl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

const scoutModule = `
export const subproblems = ({ seed }) => [1, 2, 3, 4, 5, 6].map((target) => ({ target: target + seed }));
export default async function train({ base, subproblem }) {
  const { data } = base.get('fc.weight');
  for (let i = 0; i < data.length; i++) data[i] += (subproblem.target - data[i]) * 0.1 * i;
  return base;
}
`;

describe('warmstart scout', () => {
  let folder: string;
  let flags: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warmstart-scout-'));
    await writeFile(join(folder, 'scouts.mjs'), scoutModule);
    await save(
      join(folder, 'base.pt'),
      new Map([['fc.weight', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]),
    );
    flags = [
      '--module',
      join(folder, 'scouts.mjs'),
      '--base',
      join(folder, 'base.pt'),
      '--seed',
      '7',
      '--json',
    ];
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function run(...args: string[]) {
    const terminal = recordingTerminal();
    const exitCode = await runCli(args, terminal);
    return { exitCode, out: terminal.outText(), notes: terminal.noteText() };
  }

  it('gives the same guides from workers and from shards', async () => {
    const whole = await run(
      'scout',
      ...flags,
      '--store',
      join(folder, 'a'),
      '--out',
      join(folder, 'whole'),
      '--workers',
      '2',
    );
    expect(whole.notes).toContain('(6 of 6)');
    expect(whole.exitCode).toBe(0);
    expect(JSON.parse(whole.out)).toMatchObject({ scouts: 6, finished: 6, diverged: [] });
    for (const part of ['0/3', '2/3', '1/3']) {
      const shard = await run(
        'scout',
        ...flags,
        '--store',
        join(folder, 'b'),
        '--shard',
        part,
        '--workers',
        '1',
      );
      expect(JSON.parse(shard.out).finished).toHaveLength(2);
    }
    const base = ['--base', join(folder, 'base.pt')];
    const reduced = await run('reduce', join(folder, 'b'), ...base, '--out', join(folder, 'parts'));
    expect(reduced.out).toContain('6 of 6 scouts');
    const [left, right] = await Promise.all(
      ['whole', 'parts'].map((name) => readFile(join(folder, name, 'guides.safetensors'))),
    );
    expect(left?.equals(right as Buffer)).toBe(true);
    const checkpoint = await open(join(folder, 'whole', 'base.safetensors'));
    const recentred = await checkpoint.stateDict();
    await checkpoint.close();
    expect((await openGuides(left as Buffer, { base: recentred })).base).toBe('recentred');
  });

  it('says what is wrong with a module, a shard and a store', async () => {
    await writeFile(join(folder, 'empty.mjs'), 'export default 3;');
    const empty = await run(
      'scout',
      '--module',
      join(folder, 'empty.mjs'),
      '--base',
      join(folder, 'base.pt'),
    );
    expect(empty.exitCode).toBe(2);
    expect(empty.notes).toContain('must export default (job) => Promise<StateDict>');
    const shard = await run('scout', ...flags, '--shard', '3/3');
    expect(shard.notes).toContain('It must be i/n with i from 0 to n - 1');
    expect(shard.exitCode).toBe(2);
    const none = await run('reduce', join(folder, 'nowhere'), '--base', join(folder, 'base.pt'), '--json');
    expect(none.exitCode).toBe(1);
    expect(JSON.parse(none.out).error.code).toBe('incomplete');
    const queue = await run(
      'scout',
      ...flags,
      '--queue',
      'redis://127.0.0.1:1',
      '--store',
      join(folder, 'c'),
    );
    expect(JSON.parse(queue.out).error.code).toBe('unreachable');
    const worker = await run(
      'worker',
      '--module',
      join(folder, 'scouts.mjs'),
      '--queue',
      'redis://127.0.0.1:1',
    );
    expect(worker.exitCode).toBe(1);
    expect(worker.notes).toContain('a Redis must answer at redis://127.0.0.1:1');
  });
});
