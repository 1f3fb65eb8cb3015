import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recordingTerminal } from '../recording-terminal.js';
import { runCli } from '../run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli([...args, '--json'], terminal);
  return { exitCode, result: JSON.parse(terminal.outText() || '{}') };
}

const data = ['--data', 'dna-splice'];
const encoder = join(folder, 'p', 'checkpoints', 'encoder.safetensors');
const model = join(folder, 'f', 'checkpoints', 'model.safetensors');

describe('pretrain, finetune, evaluate', () => {
  it('hand an encoder on, then a classifier, through files', async () => {
    const pretrained = await run('pretrain', ...data, '--steps', '60', '--out', join(folder, 'p'));
    expect(pretrained).toMatchObject({ exitCode: 0, result: { rows: 1801, backend: 'wasm', encoder } });
    expect(pretrained.result.lossAfter).toBeLessThan(pretrained.result.lossBefore);
    const tuned = await run(
      'finetune',
      ...data,
      '--encoder',
      encoder,
      '--steps',
      '5',
      '--out',
      join(folder, 'f'),
    );
    expect(tuned).toMatchObject({ exitCode: 0, result: { labels: 20, pretrained: true, model } });
    const score = await run('evaluate', model, ...data, '--split', 'validation');
    expect(score.exitCode).toBe(0);
    expect(score.result.accuracy).toBeCloseTo(tuned.result.validation.accuracy, 10);
    const onnx = join(folder, 'model.onnx');
    const exported = await run('export', model, onnx, ...data);
    expect(exported.result).toMatchObject({ file: onnx, opset: 18, features: 240, classes: 3 });
    expect(readFileSync(onnx).length).toBe(exported.result.sizeBytes);
  });

  it('give the same bytes for the same seed', async () => {
    await run('pretrain', ...data, '--steps', '60', '--out', join(folder, 'q'));
    const again = join(folder, 'q', 'checkpoints', 'encoder.safetensors');
    expect(readFileSync(again).equals(readFileSync(encoder))).toBe(true);
  });

  it('say what a file is not', async () => {
    const wrongKind = await run('evaluate', encoder, ...data);
    expect(wrongKind).toMatchObject({ exitCode: 1 });
    expect(wrongKind.result.error.message).toContain('the file must hold a classifier, got an encoder.');
    const wrongData = await run(
      'finetune',
      '--encoder',
      encoder,
      '--data',
      'spambase',
      '--out',
      join(folder, 'x'),
    );
    expect(wrongData.result.error.message).toContain(
      'must hold a model for spambase, got one for dna-splice.',
    );
    const missing = await run('evaluate', join(folder, 'none.safetensors'));
    expect(missing.result.error.code).toBe('ENOENT');
  });
});
