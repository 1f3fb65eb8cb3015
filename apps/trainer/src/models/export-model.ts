import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict, open, save } from '@warmstart/core-checkpoint';
import { linearHead, withHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import {
  featureCountOf,
  layoutOf,
  type Model,
  newEncoder,
  openEncoder,
  openModel,
  type PretrainedEncoder,
  pythonProgram,
  typescriptProgram,
} from '@warmstart/transfer';
import { startWasm } from '../engine.js';
import { writeWhole } from '../runs/run-folder.js';
import { exportReadme } from './export-readme.js';
import { type NetworkOrigin, networkOriginOf } from './network-origin.js';

export type ExportFormat = 'safetensors' | 'pt' | 'tfjs' | 'onnx';

const fileNames = {
  safetensors: 'model.safetensors',
  pt: 'model.pt',
  tfjs: 'tfjs/model.json',
  onnx: 'model.onnx',
} as const;

/**
 * Writes a model in the formats asked for, with `preparation.json` and `README.md`; and, for a model that takes rows as
 * they are, the programs that predict with `model.safetensors`, and that file.
 *
 * @returns names of what was written
 */
export async function exportModel(
  file: string,
  folder: string,
  formats: readonly ExportFormat[],
): Promise<string[]> {
  const { model, network } = await openEither(file);
  mkdirSync(folder, { recursive: true });
  const { card } = model;
  const programs: Readonly<Record<string, string>> =
    card.kind === 'encoder' || network
      ? {}
      : { 'predict.py': pythonProgram(), 'predict.ts': typescriptProgram(fileNames.safetensors) };
  const isRead = Object.keys(programs).length > 0;
  const wanted = isRead ? [...new Set<ExportFormat>(['safetensors', ...formats])] : formats;
  for (const format of wanted) {
    if (format === 'safetensors') await model.save(join(folder, fileNames.safetensors));
    else if (format === 'onnx') writeWhole(join(folder, fileNames.onnx), await onnxBytes(model));
    else await save(join(folder, format === 'tfjs' ? 'tfjs/' : fileNames.pt), model.weights);
  }
  const output = card.kind === 'encoder' ? {} : { output: card.output };
  const preparation = { input: card.input, ...output, ...(network ? { network } : {}) };
  const written = [...wanted.map((format) => fileNames[format]), ...Object.keys(programs)];
  const texts = {
    ...programs,
    'preparation.json': `${JSON.stringify(preparation, null, 2)}\n`,
    'README.md': exportReadme(card, written, network),
  };
  for (const [name, text] of Object.entries(texts)) writeWhole(join(folder, name), text);
  return [...written, 'preparation.json', 'README.md'];
}

type Either = Model | PretrainedEncoder;

async function openEither(file: string): Promise<{ model: Either; network: NetworkOrigin | undefined }> {
  const checkpoint = await open(file);
  const card = checkpoint.metadata['warmstart.card'];
  await checkpoint.close();
  const isEncoder = typeof card === 'string' && /"kind":"encoder"/.test(card);
  if (isEncoder) return { model: await openEncoder(file), network: undefined };
  return { model: await openModel(file), network: await networkOriginOf(file) };
}

/** Prepared rows in; probabilities, numbers in their unit, or features out. */
async function onnxBytes({ card, weights }: Either): Promise<Uint8Array> {
  await startWasm();
  const { exportOnnx } = await import('@warmstart/compile');
  const { architecture, input } = card;
  const encoder = newEncoder(architecture, seededRandom(0));
  const example = tf.zeros([1, layoutOf(input).width]);
  if (card.kind === 'encoder') {
    try {
      loadStateDict(encoder, weights);
      return await exportOnnx(({ rows }) => ({ features: encoder.call(rows as tf.Tensor) }), {
        rows: example,
      });
    } finally {
      tf.dispose(example);
      encoder.dispose();
    }
  }
  const { output } = card;
  const count = output.kind === 'classes' ? output.classNames.length : 1;
  const head = linearHead(featureCountOf(architecture), count, { random: seededRandom(0) });
  const network = withHead(encoder, head);
  try {
    loadStateDict(network, weights);
    return await exportOnnx(
      ({ rows }) => {
        const raw = network.call(rows as tf.Tensor);
        return output.kind === 'classes'
          ? { probabilities: tf.softmax(tf.div(raw, output.temperature)) }
          : { value: tf.add(tf.mul(raw, output.deviation), output.mean) };
      },
      { rows: example },
    );
  } finally {
    tf.dispose(example);
    network.dispose();
  }
}
