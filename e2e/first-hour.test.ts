import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeDigits } from '../apps/trainer/fixtures/write-digits.js';
import { shownCommands, stablePart } from './transcript.js';

const project = inject('everythingInstalled');
const root = fileURLToPath(new URL('..', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/first-hour.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'warmstart-first-hour-'));

/** Published weights are not here; what happens after Ctrl-C is tested on its own. */
const elsewhere = /--model resnet50|runs\/long/;
const commands = shownCommands(guide).filter(({ command }) => !elsewhere.test(command));

beforeAll(async () => {
  for (const name of ['penguins.csv', 'blood-cells'])
    cpSync(join(root, 'apps/trainer/fixtures', name), join(folder, name), { recursive: true });
  await writeDigits(join(folder, 'digits'), [0, 1, 2, 3], 60);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('docs/guides/first-hour.md', () => {
  it('shows three kinds of own data', () => {
    const pretrained = commands.filter(({ command }) => command.startsWith('warmstart pretrain --data'));
    expect(pretrained.map(({ command }) => command.split(' ')[3])).toEqual([
      'penguins.csv',
      'digits',
      'blood-cells',
    ]);
  });

  it.each(commands)('does what it shows: line $line, $command', async ({ command, shown }) => {
    const { stdout, stderr } = await inShell(quick(command));
    const said = `${stderr}\n${stdout}`.split('\n').map(stablePart);
    let at = 0;
    for (const line of shown.map(stablePart)) {
      const found = said.indexOf(line, at);
      expect(found, `"${line}" in\n${said.join('\n')}`).toBeGreaterThanOrEqual(0);
      at = found + 1;
    }
  });
});

/** The same with few steps, few draws and a small network: what is shown of it stays as it is. */
function quick(command: string): string {
  const short = command.replace(/(steps[= ])\d+/, '$120').replace('--draws 3', '--draws 2');
  return /^warmstart pretrain /.test(short) ? short.replace('pretrain', 'pretrain --hidden 32,16') : short;
}

function inShell(command: string): Promise<{ stdout: string; stderr: string }> {
  const PATH = [join(project, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  return promisify(execFile)('bash', ['-c', command], { cwd: folder, env: { ...process.env, PATH } });
}
