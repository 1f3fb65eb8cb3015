import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Questions } from '../terminal/questions.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { init } from './init.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-init-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const penguins = fileURLToPath(new URL('../../fixtures/penguins.csv', import.meta.url));

const flags = { yes: false, schema: false, force: false };

/** A person who types these answers one after another, and takes the column that is asked for. */
function typing(answers: string[], column: string) {
  const problems: string[] = [];
  const placeholders: string[] = [];
  const questions: Questions = {
    async ask({ placeholder, problemOf }) {
      placeholders.push(placeholder);
      for (const answer of answers) {
        const problem = await problemOf(answer);
        if (problem === undefined) return answer;
        problems.push(problem);
      }
      throw new Error('there are no more answers');
    },
    choose: async (_, columns) => columns.find((name) => name === column) ?? '',
  };
  return { questions, problems, placeholders };
}

describe('init', () => {
  it('asks again for data that is not there, and writes the config for what is', async () => {
    const out = join(folder, 'asked.yaml');
    const { questions, problems, placeholders } = typing(['', 'no-such.csv', penguins], 'species');
    await init({ ...flags, out }, recordingTerminal(), questions);
    expect(problems[0]).toContain('Type a path');
    expect(problems[1]).toContain('no-such.csv');
    expect(placeholders).toEqual(['e.g. patients.csv']);
    const config = readFileSync(out, 'utf8');
    expect(config).toContain(`data: ${penguins}`);
    expect(config).toContain('label: species');
  });

  it('keeps a config that exists, and needs --data where nobody can be asked', async () => {
    const out = join(folder, 'kept.yaml');
    writeFileSync(out, 'seed: 3\n');
    const run = (path: string) => init({ ...flags, out: path }, recordingTerminal(), undefined);
    await expect(run(out)).rejects.toThrow('exists. Name another file with --out');
    await expect(run(join(folder, 'new.yaml'))).rejects.toThrow('--data must name your data');
    expect(readFileSync(out, 'utf8')).toBe('seed: 3\n');
  });
});
