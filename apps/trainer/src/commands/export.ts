import { writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { exportOnnx, OPSET } from '@warmstart/compile';
import { type Command, Option } from 'commander';
import { startWasm } from '../engine.js';
import { readClassifier } from '../few-labels/classifier-file.js';
import { tableNames } from '../few-labels/table-names.js';
import type { Terminal } from '../terminal.js';

interface Flags {
  data: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'a file that finetune wrote')
    .argument('<out>', 'the ONNX file to write')
    .addOption(
      new Option('--data <name>', 'the set it was trained on').choices(tableNames).default('spambase'),
    )
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', '\nExample:\n  warmstart export runs/spam/model.safetensors spam.onnx')
    .action((file: string, out: string, flags: Flags) => exportModel({ file, out, ...flags }, terminal));
}

async function exportModel(
  { file, out, data, json }: Flags & { file: string; out: string },
  terminal: Terminal,
): Promise<void> {
  await startWasm();
  const { model, table } = await readClassifier(file, data, terminal);
  const rows = tf.zeros([1, table.width]);
  try {
    const bytes = await exportOnnx(model, { rows });
    await writeFile(out, bytes);
    const result = {
      file: out,
      dataset: data,
      opset: OPSET,
      input: 'rows',
      features: table.width,
      output: 'output',
    };
    terminal.out(
      json
        ? JSON.stringify({ ...result, classes: table.classCount, sizeBytes: bytes.length })
        : `${out}: rows [batch, ${table.width}] → output [batch, ${table.classCount}], the classes' logits. ONNX operator set ${OPSET}, ${bytes.length} bytes.`,
    );
  } finally {
    rows.dispose();
    model.dispose();
  }
}
