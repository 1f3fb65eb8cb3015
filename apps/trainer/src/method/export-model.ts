import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict, save } from '@warmstart/core-checkpoint';
import { seededRandom } from '@warmstart/random';
import type { ExportFormat } from '../commands/export.js';
import { layoutOf } from '../data/preparation.js';
import { startWasm } from '../engine.js';
import { writeWhole } from '../runs/run-folder.js';
import type { Terminal } from '../terminal/terminal.js';
import { featureCountOf, makeEncoder } from './architecture.js';
import { exportReadme } from './export-readme.js';
import { type ModelFile, ModelFileError, readModel } from './model-file.js';
import { savedModel } from './tuned-model.js';

const extensions = {
  safetensors: 'model.safetensors',
  pt: 'model.pt',
  tfjs: 'tfjs',
  onnx: 'model.onnx',
} as const;

/**
 * Writes a model in the formats asked for, with `preparation.json` and `README.md`.
 *
 * @returns names of what was written
 */
export async function exportModel(
  file: string,
  folder: string,
  formats: readonly ExportFormat[],
  terminal: Terminal,
): Promise<string[]> {
  const model = await readModel(file, 'any', terminal);
  const { card, weights } = model;
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const format of formats) {
    const name = extensions[format];
    const target = join(folder, name);
    if (format === 'onnx') {
      writeWhole(target, await onnxBytes(model, file));
    } else
      await save(
        target,
        weights,
        format === 'safetensors' ? { metadata: { 'warmstart.model': JSON.stringify(card) } } : {},
      );
    written.push(format === 'tfjs' ? `${name}/model.json` : name);
  }
  writeWhole(join(folder, 'preparation.json'), `${JSON.stringify(card.preparation, null, 2)}\n`);
  writeWhole(join(folder, 'README.md'), exportReadme(card, written));
  return [...written, 'preparation.json', 'README.md'];
}

/** Rows of prepared numbers, or of token ids, in; logits (or features) out. */
async function onnxBytes({ card, weights }: ModelFile, file: string): Promise<Uint8Array> {
  await startWasm();
  const { exportOnnx } = await import('@warmstart/compile');
  const width =
    card.architecture.kind === 'published'
      ? featureCountOf(card.architecture)
      : layoutOf(card.preparation).width;
  const model = runnable({ card, weights }, file);
  const example = tf.zeros([1, width]);
  try {
    return await exportOnnx(model, { rows: example });
  } finally {
    example.dispose();
    model.dispose();
  }
}

function runnable(
  { card, weights }: ModelFile,
  file: string,
): { call(x: tf.Tensor): tf.Tensor; dispose(): void } {
  const { architecture, preparation } = card;
  if (card.kind === 'encoder') {
    const encoder = makeEncoder(architecture, seededRandom(0));
    loadStateDict(encoder, weights);
    return encoder;
  }
  if (!preparation.answer)
    throw new ModelFileError(`${file}: the file does not say what the model predicts.`, file);
  return savedModel(architecture, preparation.answer, weights);
}
