import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { save } from '@warmstart/core-checkpoint';
import type { Batch, Columns } from '@warmstart/datasets';
import type { StateDict } from '@warmstart/shapes';
import { DataError } from '../data/data-error.js';
import type { Part } from '../data/encode-rows.js';
import { collectRows, type Examples, loadExamples, squareOf } from '../data/examples.js';
import { openSource } from '../data/open-source.js';
import type { Source } from '../data/source.js';
import { splitNames } from '../data/split-rows.js';
import { openCheckpoint } from '../models/open-checkpoint.js';
import type { DataSettings, Settings } from '../settings/project.js';
import { UsageError } from '../terminal/failure.js';
import { showProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Architecture } from './architecture.js';
import type { StartingPoint } from './finetune.js';
import type { ModelCard } from './model-card.js';
import { openPublished, type PublishedNetwork, publishedNames } from './published-network.js';

export type PublishedArchitecture = Extract<Architecture, { kind: 'published' }>;

/** Rows as the features of a published network, computed once and kept beside its weights' digest. */
export async function publishedFeatures(
  settings: Settings<'finetune'>,
  terminal: Terminal,
): Promise<{ data: Examples; start: StartingPoint }> {
  const { model, weights, vocabulary } = settings;
  if (model === undefined || weights === undefined) {
    throw new UsageError(
      model === undefined
        ? `finetune: --weights needs --model, one of ${publishedNames().join(', ')}.`
        : `finetune: --model ${model} needs --weights: the file with its published weights, e.g. from torchvision or Hugging Face.`,
    );
  }
  const network = await openPublished(model, { weights, vocabulary }, terminal);
  const architecture: PublishedArchitecture = {
    kind: 'published',
    model,
    weights,
    sha256: await digestOf(weights),
    featureCount: network.featureCount,
    ...(vocabulary === undefined ? {} : { vocabulary }),
  };
  const data = await withFeatures(network, architecture, settings, terminal);
  return { data, start: { architecture } };
}

/** The same rows for a model that was made so. */
export async function examplesOfPublished(
  architecture: PublishedArchitecture,
  settings: DataSettings,
  terminal: Terminal,
): Promise<Examples> {
  return withFeatures(await reopen(architecture, terminal), architecture, settings, terminal);
}

/** New rows for a model that was made so. */
export async function newPublishedRows(
  settings: DataSettings,
  { architecture, preparation }: ModelCard,
  terminal: Terminal,
): Promise<{ source: Source; rows: Batch<Columns>; part: Part }> {
  const network = await reopen(architecture as PublishedArchitecture, terminal); // the caller has looked
  const known = { table: preparation.table ?? { rowCount: 0, columns: [] }, answer: preparation.answer };
  const source = await openSource(settings, known);
  const rows = await collectRows(source, network.imageSize ?? squareOf(settings.imageSize));
  const features = await compute(network, rows, source, terminal);
  network.dispose();
  const answers = Float32Array.from(
    (rows.columns.label as Int32Array | undefined) ?? new Int32Array(rows.rowCount).fill(-1),
  );
  return { source, rows, part: { features, answers, rowCount: rows.rowCount } };
}

async function reopen(architecture: PublishedArchitecture, terminal: Terminal): Promise<PublishedNetwork> {
  const { model, weights, sha256, vocabulary } = architecture;
  if (!existsSync(weights)) {
    throw new DataError(
      'no-data',
      `${weights}: the weights of ${model} must lie where they were when the model was made, got no such file. Put them back, or train again.`,
      weights,
    );
  }
  const found = await digestOf(weights);
  if (found !== sha256) {
    throw new DataError(
      'other-data',
      `${weights}: these are not the weights the model was made with (SHA-256 ${found.slice(0, 12)}…, expected ${sha256.slice(0, 12)}…).`,
      weights,
    );
  }
  return openPublished(model, { weights, vocabulary }, terminal);
}

async function withFeatures(
  network: PublishedNetwork,
  architecture: PublishedArchitecture,
  settings: DataSettings,
  terminal: Terminal,
): Promise<Examples> {
  try {
    const { imageSize } = network;
    const data = await loadExamples(settings, { tell: terminal.note, ...(imageSize ? { imageSize } : {}) });
    if (!network.kinds.includes(data.source.kind)) {
      throw new DataError(
        'other-data',
        `${data.source.name}: ${architecture.model} takes ${network.kinds.join(' or ')}, got rows of ${data.source.kind}.`,
        data.source.name,
      );
    }
    const rows = data.rows;
    const features = await cached(architecture, `${data.digest} ${network.identity ?? ''}`, terminal, () =>
      compute(network, rows, data.source, terminal),
    );
    const width = network.featureCount;
    const parts = { ...data.parts };
    for (const name of splitNames) {
      const part = new Float32Array(data.splits[name].length * width);
      for (const [index, row] of data.splits[name].entries())
        part.set(features.subarray(row * width, (row + 1) * width), index * width);
      parts[name] = { features: part, answers: data.parts[name].answers, rowCount: data.splits[name].length };
    }
    return { ...data, parts };
  } finally {
    network.dispose();
  }
}

/** Features are the dear part: the same rows and weights are never run through the network twice. */
async function cached(
  { sha256, model }: PublishedArchitecture,
  digest: string,
  terminal: Terminal,
  make: () => Promise<Float32Array>,
): Promise<Float32Array> {
  const key = createHash('sha256').update(`${sha256} ${digest}`).digest('hex').slice(0, 16);
  const file = join('warmstart-runs', 'cache', `features-${model}-${key}.safetensors`);
  if (existsSync(file)) {
    const checkpoint = await openCheckpoint(file, terminal);
    try {
      const stored = (await checkpoint.stateDict()).get('features');
      terminal.note(`features taken from ${file}`);
      return stored?.data as Float32Array; // written below
    } finally {
      await checkpoint.close();
    }
  }
  const features = await make();
  const tensors: StateDict = new Map([
    ['features', { dtype: 'float32', shape: [features.length], data: features }],
  ]);
  mkdirSync(dirname(file), { recursive: true });
  await save(file, tensors);
  terminal.note(`features kept in ${file}`);
  return features;
}

async function compute(
  network: PublishedNetwork,
  rows: Batch<Columns>,
  { name }: Source,
  terminal: Terminal,
): Promise<Float32Array> {
  const progress = showProgress(terminal);
  const line = progress.line('features');
  const features = new Float32Array(rows.rowCount * network.featureCount);
  try {
    for (let start = 0; start < rows.rowCount; start += network.batchSize) {
      terminal.signal.throwIfAborted();
      const end = Math.min(rows.rowCount, start + network.batchSize);
      features.set(await network.features(rows, start, end, name), start * network.featureCount);
      line.update(end / rows.rowCount, `${end} of ${rows.rowCount} rows`);
    }
  } finally {
    progress.stop();
  }
  return features;
}

async function digestOf(file: string): Promise<string> {
  if (!existsSync(file)) {
    throw Object.assign(new Error(`${file}: there is no such file. Check --weights.`), {
      code: 'ENOENT',
      file,
    });
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
