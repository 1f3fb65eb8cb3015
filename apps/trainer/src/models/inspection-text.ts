import { type Inspection, printableText } from '@warmstart/core-checkpoint/files';

/** What is in a checkpoint, a line per tensor. */
export function inspectionText({ file, format, tensors, metadata, notes = [] }: Inspection): string {
  const keys = tensors.map(({ path }) => printableText(path.join('.')));
  const width = keys.reduce((widest, key) => Math.max(widest, Math.min(60, key.length)), 0);
  const rows = tensors.map(({ dtype, shape, sha256 }, i) =>
    `  ${(keys[i] ?? '').padEnd(width)}  ${dtype.padEnd(8)}  [${shape.join(', ')}]${sha256 ? `  ${sha256}` : ''}`.trimEnd(),
  );
  const count = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const besides =
    Object.keys(metadata).length > 0
      ? [`  besides: ${printableText(JSON.stringify(metadata).slice(0, 500))}`]
      : [];
  const title = `${file}: ${format}, ${tensors.length} tensors, ${count.toLocaleString('en')} elements`;
  return [title, ...rows, ...besides, ...notes.map((note) => `  note: ${note}`)].join('\n');
}
