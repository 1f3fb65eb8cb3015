import type { EncodedRows, EncodeOptions, RowIndex, Rows } from '../rows/rows.js';
import type { InputSchema } from '../schema/input-schema.js';
import type { OutputColumn } from '../schema/output-schema.js';

/** Rows of numbers in memory, for tests of what comes after reading. */
export function numberRows(options: {
  names: readonly string[];
  /** [rowCount, names.length] */
  values: Float64Array;
  output?: OutputColumn;
  outputs?: Float64Array;
}): Rows {
  const { names, values, output, outputs } = options;
  const width = names.length;
  const rowCount = values.length / width;
  const ids = Float64Array.from({ length: rowCount }, (_, row) => {
    let hash = 7;
    for (let at = 0; at < width; at++)
      hash = (hash * 1_000_003 + Math.round((values[row * width + at] as number) * 1e6) + 2 ** 39) % 2 ** 40;
    // spread: the low digits of the sum are hardly random
    return Math.floor(((Math.sin(hash) + 1) * 2 ** 39) % 2 ** 40);
  });
  return {
    name: 'numbers',
    kind: 'table',
    origin: 'synthetic',
    rowCount,
    columns: names.map((name) => ({ name, type: 'number', missing: 0, summary: 'numbers' })),
    ...(output ? { output } : {}),
    notes: [],
    index: async (): Promise<RowIndex> => ({ rowCount, ids, ...(outputs ? { outputs } : {}) }),
    fitInput: async (rows): Promise<InputSchema> => ({
      kind: 'table',
      columns: names.map((name, at) => {
        const own = Array.from(rows, (row) => values[row * width + at] as number);
        const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
        const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length);
        return { type: 'number', name, mean, deviation: deviation || 1 };
      }),
    }),
    encode: (input, encodeOptions) => encoded(options, input, encodeOptions),
  };
}

async function* encoded(
  { names, values, outputs }: { names: readonly string[]; values: Float64Array; outputs?: Float64Array },
  input: InputSchema,
  { rows, blockRows = 1024 }: EncodeOptions = {},
): AsyncGenerator<EncodedRows> {
  const width = names.length;
  const all = Array.from(rows ?? { length: values.length / width }, (row, at) => row ?? at);
  if (input.kind !== 'table') throw new TypeError('numberRows: the schema must be of a table.');
  const columns = input.columns.map((column) => {
    if (column.type !== 'number') throw new TypeError('numberRows: columns must be numbers.');
    return { ...column, from: names.indexOf(column.name) };
  });
  for (let start = 0; start < all.length; start += blockRows) {
    const some = all.slice(start, start + blockRows);
    const features = Float32Array.from({ length: some.length * columns.length }, (_, at) => {
      const { from, mean, deviation } = columns[at % columns.length] as (typeof columns)[number];
      const row = some[Math.floor(at / columns.length)] as number;
      return ((values[row * width + from] as number) - mean) / deviation;
    });
    yield {
      rowCount: some.length,
      features,
      ...(outputs ? { outputs: Float64Array.from(some, (row) => outputs[row] as number) } : {}),
    };
  }
}
