import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateDict } from '@warmstart/core-checkpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRows } from '../data/encode-rows.js';
import { fitPreparation } from '../data/fit-preparation.js';
import { startEngine } from '../engine.js';
import { commandSettings } from '../settings/project.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import type { Architecture } from './architecture.js';
import { exportModel } from './export-model.js';
import { saveModel } from './model-file.js';
import { newModel, outputsOf } from './tuned-model.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// the package that installs it for its own tests
const require = createRequire(new URL('../../../../packages/compile/package.json', import.meta.url));

const length = 10;
const answer = { kind: 'classes', column: 'liked', classNames: ['no', 'yes'] } as const;

describe('exportModel', () => {
  it('gives an ONNX file of a text network that ONNX Runtime runs to the same logits, padding included', async () => {
    await startEngine('wasm');
    const text = ['the film was good', 'dull', 'poor and bad and dull to see again', ''];
    const dataset = { schema: { text: { dtype: 'string', shape: [] } } } as never; // all that is read of it
    const source = { name: 'texts', kind: 'texts', origin: 'official', dataset, answer } as const;
    const batch = { columns: { text }, shapes: { text: [] }, rowCount: text.length };
    const settings = commandSettings.predict.parse({ data: 'texts', textLength: length });
    const preparation = await fitPreparation({ ...source, notes: [] }, batch, settings);
    if (preparation.kind !== 'texts') throw new Error('texts are prepared as texts');
    const config = {
      vocabularySize: preparation.vocabularySize,
      features: 16,
      positionCount: length,
      hiddenFeatures: 32,
      layerCount: 2,
      headCount: 2,
      paddingId: 0,
    };
    const architecture: Architecture = { kind: 'bert', config };
    const model = newModel(architecture, answer, 3);
    const rows = await encodeRows(preparation, batch, 'texts');
    const expected = await outputsOf(model, rows, answer);
    const file = join(folder, 'model.safetensors');
    const data = { name: 'texts', origin: 'official', digest: '', rows: text.length };
    const card = {
      version: 1,
      kind: 'classifier',
      architecture,
      preparation,
      data,
      seed: 3,
      metrics: {},
    } as const;
    await saveModel(file, { weights: await stateDict(model), card });
    model.dispose();
    const written = await exportModel(file, join(folder, 'out'), ['onnx'], recordingTerminal());
    expect(written).toEqual(['model.onnx', 'preparation.json', 'README.md']);

    const { InferenceSession, Tensor } = require('onnxruntime-node');
    const session = await InferenceSession.create(readFileSync(join(folder, 'out', 'model.onnx')));
    const { output } = await session.run({
      rows: new Tensor('float32', rows.features, [text.length, length]),
    });
    await session.release();
    expect(output.dims).toEqual([4, 2]);
    for (const [index, value] of [...(output.data as Float32Array)].entries())
      expect(value).toBeCloseTo(expected.data[index] as number, 5);
    expect(readFileSync(join(folder, 'out', 'README.md'), 'utf8')).toContain('takes them as `rows`, float32');
  });
});
