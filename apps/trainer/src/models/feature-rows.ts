import {
  type EncodedRows,
  type EncodeOptions,
  type InputSchema,
  type NumberColumn,
  type Rows,
  tailDrawnIn,
} from '@warmstart/transfer';
import { showProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { type FeatureCache, openFeatureCache } from './feature-cache.js';
import type { PublishedNetwork } from './row-features.js';

/**
 * Rows whose columns are the features that a published network makes of them, standardised by the training rows as
 * any other numbers. No row goes through the network twice: what it gave is found again by what the row holds.
 */
export function featureRows(rows: Rows, network: PublishedNetwork, terminal: Terminal): Rows {
  const { name, origin, rowCount, columns, notes, output } = rows;
  const cache = openFeatureCache(network, network.featureCount, terminal);
  const raw = (options: EncodeOptions | undefined) =>
    encodeFeatures(rows, network, { cache: cache(), options, terminal });
  return {
    ...{ name, origin, rowCount, columns, notes, kind: 'table' },
    ...(rows.licence === undefined ? {} : { licence: rows.licence }),
    ...(output ? { output } : {}),
    index: (signal) => rows.index(signal),
    fitInput: (train, signal) =>
      featureInput(raw({ rows: train, ...(signal ? { signal } : {}) }), network.featureCount),
    encode: (input, options) => standardised(raw(options), input),
  };
}

/** Mean and deviation of each feature; one that never changes keeps its value as it is. */
async function featureInput(blocks: AsyncIterable<EncodedRows>, count: number): Promise<InputSchema> {
  const [means, squares] = [new Float64Array(count), new Float64Array(count)];
  let rowCount = 0;
  for await (const { features, rowCount: more } of blocks) {
    features.forEach((value, at) => {
      const place = at % count;
      const distance = value - (means[place] as number);
      const seen = rowCount + Math.floor(at / count) + 1;
      means[place] = (means[place] as number) + distance / seen;
      squares[place] = (squares[place] as number) + distance * (value - (means[place] as number));
    });
    rowCount += more;
  }
  const columns = Array.from({ length: count }, (_, feature) => ({
    type: 'number' as const,
    name: `feature ${feature}`,
    mean: means[feature] as number,
    deviation: Math.sqrt((squares[feature] as number) / Math.max(1, rowCount)) || 1,
  }));
  return { kind: 'table', columns };
}

/** Features as the model takes them: by its own means and deviations. */
async function* standardised(
  blocks: AsyncIterable<EncodedRows>,
  input: InputSchema,
): AsyncGenerator<EncodedRows, void, undefined> {
  const columns = (input.kind === 'table' ? input.columns : []) as readonly NumberColumn[]; // of featureInput
  for await (const block of blocks) {
    const features = block.features.map((value, at) => {
      const { mean, deviation } = columns[at % columns.length] as NumberColumn;
      return tailDrawnIn((value - mean) / deviation);
    });
    yield { ...block, features };
  }
}

async function* encodeFeatures(
  rows: Rows,
  network: PublishedNetwork,
  work: { cache: Promise<FeatureCache>; options: EncodeOptions | undefined; terminal: Terminal },
): AsyncGenerator<EncodedRows, void, undefined> {
  const { options = {}, terminal } = work;
  const cache = await work.cache;
  const { ids, outputs } = await rows.index(options.signal);
  const wanted = Uint32Array.from(options.rows ?? { length: rows.rowCount }, (row, at) =>
    typeof row === 'number' ? row : at,
  );
  await fillCache(rows, network, { cache, wanted, ids, options, terminal });
  const blockRows = options.blockRows ?? 1024;
  for (let start = 0; start < wanted.length; start += blockRows) {
    const block = wanted.subarray(start, start + blockRows);
    const features = new Float32Array(block.length * network.featureCount);
    block.forEach((row, at) => {
      features.set(cache.get(ids[row] as number) ?? [], at * network.featureCount);
    });
    const own = outputs && Float64Array.from(block, (row) => outputs[row] as number);
    yield { rowCount: block.length, features, ...(own ? { outputs: own } : {}) };
  }
}

/** Runs through the network what has not been through it. */
async function fillCache(
  rows: Rows,
  network: PublishedNetwork,
  work: {
    cache: FeatureCache;
    wanted: Uint32Array;
    ids: Float64Array;
    options: EncodeOptions;
    terminal: Terminal;
  },
): Promise<void> {
  const { cache, wanted, ids, options, terminal } = work;
  const left = wanted.filter((row) => !cache.has(ids[row] as number));
  if (left.length === 0) return;
  const progress = showProgress(terminal);
  const line = progress.line('features');
  let done = 0;
  try {
    const passing = rows.encode(network.input, { ...options, rows: left, blockRows: network.batchSize });
    for await (const { features, rowCount } of passing) {
      const found = await network.features(features, rowCount);
      for (let row = 0; row < rowCount; row++) {
        const id = ids[left[done + row] as number] as number;
        cache.set(id, found.slice(row * network.featureCount, (row + 1) * network.featureCount));
      }
      done += rowCount;
      await cache.saveNowAndThen();
      line.update(done / left.length, `${done} of ${left.length} rows`);
    }
  } finally {
    progress.stop();
    await cache.save();
  }
}
