import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';
import { recordingTerminal } from './terminal/recording-terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli(args, terminal);
  return { exitCode, out: terminal.outText(), notes: terminal.noteText() };
}

describe('runCli', () => {
  it('lists every command with --help and ends with 0', async () => {
    const { exitCode, out } = await run('--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('quickstart');
    expect(out).toContain('warmstart inspect model.pt');
  });

  it('suggests the command that was probably meant, with exit code 2', async () => {
    const { exitCode, notes, out } = await run('quikstart');
    expect(exitCode).toBe(2);
    expect(notes).toContain('Did you mean quickstart?');
    expect(out).toBe('');
  });

  it('reports wrong usage as JSON under --json', async () => {
    const { exitCode, out } = await run('quickstart', '--sed', '1', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'usage' } });
  });

  it('leaves the experiments to their own workspace', async () => {
    expect((await run('experiments')).exitCode).toBe(2);
  });

  it('refuses a seed that is no whole number', async () => {
    const { exitCode, notes } = await run('quickstart', '--seed', '1.5');
    expect(exitCode).toBe(2);
    expect(notes).toContain('It must be a whole number, 0 or more.');
  });

  it.each(['pretrain', 'scout', 'finetune', 'evaluate', 'predict', 'compare'])(
    'gives %s the flags that all commands that compute share, and examples',
    async (command) => {
      const terminal = recordingTerminal();
      expect(await runCli([command, '--help'], terminal)).toBe(0);
      for (const flag of ['config', 'seed', 'backend', 'out', 'json', 'resume'])
        expect(terminal.outText()).toMatch(new RegExp(`--${flag}\\b`));
      expect(terminal.outText()).toMatch(/Examples?:\n {2}warmstart/);
    },
  );

  it.each(['pretrain', 'finetune', 'evaluate', 'predict', 'compare'])(
    'learns nothing by default: %s without --data is wrong usage',
    async (command) => {
      const terminal = recordingTerminal();
      const model = command === 'evaluate' || command === 'predict' ? ['model.safetensors'] : [];
      const exitCode = await runCli([command, ...model, '--out', join(folder, command), '--json'], terminal);
      expect(terminal.outText()).toContain(`${command}: --data must name your file or folder`);
      expect(exitCode).toBe(2);
    },
  );

  it('asks for what scout cannot do without', async () => {
    const terminal = recordingTerminal();
    expect(await runCli(['scout', '--json'], terminal)).toBe(2);
    expect(terminal.outText()).toContain(
      'scout: --data must name your rows (or --module your JavaScript of scouts',
    );
  });
});
