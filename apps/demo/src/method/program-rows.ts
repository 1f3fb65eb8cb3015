import { isBundled, type Source, sourceTitle } from './source.js';

/** The part of every exported program that finds the rows and divides them as the page does. */
export interface RowsPart {
  /** names to import from `@warmstart/datasets` */
  datasets: string[];
  /** names to import from `@warmstart/core-checkpoint` */
  checkpoint: string[];
  /** statements that end with `all`, a data set */
  load: string;
  /** are values to be standardised? */
  isScaled: boolean;
}

export function rowsPart(source: Source): RowsPart {
  const isScaled = !(source.kind === 'sample' && source.name === 'dna-splice');
  if (isBundled(source) && source.kind === 'sample') {
    return {
      datasets: ['load'],
      checkpoint: [],
      load: `const all = await load('${source.name}');`,
      isScaled,
    };
  }
  // a file's name may hold anything, also what would end the comment
  const title = sourceTitle(source).replace(/[^\p{L}\p{N} ._()-]/gu, '_');
  return {
    datasets: ['fromColumns'],
    checkpoint: ['open'],
    isScaled,
    load: `// ${title}, as the page prepared it: take rows.safetensors from there and put it beside this program
const prepared = await read('rows.safetensors');
const [features, label] = [prepared.get('features')!, prepared.get('label')!];
const all = fromColumns(
  { features: features.data as Float32Array, label: label.data as Int32Array },
  {
    schema: {
      features: { dtype: 'float32', shape: [features.shape[1]!] },
      label: { dtype: 'int32', shape: [], classNames: [] },
    },
  },
);`,
  };
}

export const splitPart = `const distinct = await distinctRows(all);
const parts = await split(distinct, { train: 0.6, validation: 0.2, test: 0.2 }, seededRandom(7, 'split'));
const train = await parts.train.collect();
const width = all.schema.features.shape[0]!;`;

/** Defines `read`, which gives all tensors of a file. */
export const readPart = `
async function read(path: string) {
  const file = await open(path);
  try {
    return await file.stateDict();
  } finally {
    await file.close();
  }
}
`;

/** Defines `scaling`, which gives what brings rows to mean 0 and deviation 1 of the training rows. */
export const scalePart = `
function scaling(values: Float32Array, rowCount: number): (values: Float32Array) => Float32Array {
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  values.forEach((value, i) => (mean[i % width]! += value / rowCount));
  values.forEach((value, i) => (variance[i % width]! += (value - mean[i % width]!) ** 2 / rowCount));
  const scale = variance.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
  return (rows) =>
    rows.map((value, i) => Math.max(-8, Math.min(8, (value - mean[i % width]!) * scale[i % width]!)));
}
`;
