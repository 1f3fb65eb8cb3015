import { ONNX_RUNTIME_VERSION } from '@warmstart/compile';
import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { optionalFinding } from './doctor.js';

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
      else expect(advice).toMatch(new RegExp(`^npm install (--ignore-scripts )?${name}(@[\\d.]+)?$`));
    }
  });

  it.each([
    [undefined, 'missing', 'not installed: steps'],
    ['1.2.3', 'missing', '1.2.3 is not used: steps'],
    [ONNX_RUNTIME_VERSION, 'ok', `${ONNX_RUNTIME_VERSION}: steps`],
  ])('tells of a package that must have one version, when it has %s', (installed, state, found) => {
    const finding = optionalFinding(
      { name: 'onnxruntime-node', version: ONNX_RUNTIME_VERSION, purpose: 'steps' },
      installed,
    );
    expect(finding).toMatchObject({ state, found });
    const advice = `npm install --ignore-scripts onnxruntime-node@${ONNX_RUNTIME_VERSION}`;
    expect(finding.advice).toBe(state === 'ok' ? undefined : advice);
  });
});
