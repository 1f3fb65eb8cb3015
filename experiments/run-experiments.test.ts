import { describe, expect, it } from 'vitest';
import { experiments } from './catalogue.js';
import { runExperiments } from './run-experiments.js';

async function run(...args: string[]) {
  const [out, notes]: [string[], string[]] = [[], []];
  const exitCode = await runExperiments(args, {
    out: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    signal: new AbortController().signal,
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

describe('runExperiments', () => {
  it('lists every experiment with what it asks', async () => {
    const { exitCode, out } = await run();
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toHaveLength(experiments.length);
    expect(out).toContain('gtl-sinusoid');
  });

  it('says how it is used with --help', async () => {
    const { exitCode, out } = await run('--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('npm run experiments -- [name]');
  });

  it('refuses a name that is not there, with exit code 2, as JSON too', async () => {
    const { exitCode, out, notes } = await run('nothing-like-it', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'usage' } });
    expect(notes).toContain('there is no "nothing-like-it". Known: few-labels, ');
  });

  it.each([
    [['--seed', '1.5'], '--seed must be a whole number, 0 or more, got 1.5.'],
    [['--sed', '1'], "Unknown option '--sed'"],
    [['few-labels', 'gtl-rna'], 'one name is expected, got few-labels, gtl-rna.'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, notes } = await run(...args);
    expect(exitCode).toBe(2);
    expect(notes).toContain(message);
  });
});
