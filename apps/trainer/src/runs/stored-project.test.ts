import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { storedProject } from './stored-project.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-stored-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

mkdirSync(at('patients'));
writeFileSync(join(at('patients'), 'config.json'), JSON.stringify({ command: 'pretrain', data: 'a.csv' }));

describe('storedProject', () => {
  it('reads what the run was started with', () => {
    expect(storedProject('pretrain', at('patients'))).toMatchObject({ data: 'a.csv' });
  });

  it('names the nearest run where there is none', () => {
    expect(() => storedProject('pretrain', at('patient'))).toThrow(
      `pretrain: --resume needs a run in ${at('patient')}, got none. Did you mean --out ${at('patients')}? Or leave --resume out to start a new run.`,
    );
  });

  it('refuses the run of another command', () => {
    expect(() => storedProject('finetune', at('patients'))).toThrow(
      'holds a run of pretrain. Resume it with warmstart pretrain --resume',
    );
  });

  it('is wrong usage, and makes no folder', async () => {
    const terminal = recordingTerminal();
    expect(await runCli(['pretrain', '--resume', '--out', at('nowhere'), '--json'], terminal)).toBe(2);
    expect(JSON.parse(terminal.outText()).error.code).toBe('usage');
    expect(existsSync(at('nowhere'))).toBe(false);
  });
});
