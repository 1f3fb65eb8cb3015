import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const code = await runCli(['models', ...args], terminal);
  return { code, text: terminal.outText(), notes: terminal.noteText() };
}

describe('models', () => {
  it('lists the networks', async () => {
    const { code, text } = await run('--json');
    expect(code).toBe(0);
    const names = JSON.parse(text).map(({ name }: { name: string }) => name);
    for (const name of ['vgg19', 'resnet50', 'efficientnet_b4', 'bert_base', 'scbert', 'autoencoder']) {
      expect(names).toContain(name);
    }
    expect((await run()).text).toMatch(/resnet50 +vision +25\.6 M +320 tensors/);
  });
});

describe('models keys', () => {
  it("prints a network's state dict, in order", async () => {
    const { code, text } = await run('keys', 'resnet18', '--json');
    expect(code).toBe(0);
    const keys = JSON.parse(text);
    expect(keys).toHaveLength(122);
    expect(keys[0]).toEqual({ key: 'conv1.weight', dtype: 'float32', shape: [64, 3, 7, 7] });
    expect((await run('keys', 'resnet18')).text.split('\n')[5]).toBe('bn1.num_batches_tracked  int64  []');
  });

  it('knows what it does not know', async () => {
    const { code, notes } = await run('keys', 'resnet');
    expect(code).toBe(2);
    expect(notes).toContain('models keys: there is no "resnet". Known: vgg19,');
  });
});
