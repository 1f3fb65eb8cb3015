import { describe, expect, it } from 'vitest';
import { recordingTerminal } from '../recording-terminal.js';
import { runCli } from '../run-cli.js';

describe('warmstart doctor', () => {
  it('says what computes, what is missing, and how to get it', async () => {
    const terminal = recordingTerminal();
    expect(await runCli(['doctor', '--json'], terminal)).toBe(0);
    const { findings } = JSON.parse(terminal.outText());
    const byName = Object.fromEntries(findings.map((finding: { name: string }) => [finding.name, finding]));
    expect(byName.engine.found).toMatch(/^wasm with Warmstart's kernels: \d+ added/);
    expect(byName.Node.found).toContain(process.version);
    for (const { state, found, advice, name } of findings) {
      if (state !== 'missing') continue;
      if (name.startsWith('backend ')) expect(found).toMatch(/installed|adapter/);
      else expect(advice).toMatch(new RegExp(`^npm install ${name}(@[\\d.]+)?$`));
    }
  });
});
