import { type Command, Option } from 'commander';
import type { ExportFormat } from '../models/export-model.js';
import type { Terminal } from '../terminal/terminal.js';

const formats: readonly ExportFormat[] = ['safetensors', 'pt', 'tfjs', 'onnx'];

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'the model.safetensors or encoder.safetensors of a run')
    .argument('<folder>', 'where the files go')
    .addOption(new Option('--format <name...>', 'which files').choices(formats).default([...formats]))
    .option('--json', 'print what was written as JSON', false)
    .addHelpText(
      'after',
      `
Writes the weights under PyTorch's names, how rows must be prepared, predict.py and predict.ts, which predict with
model.safetensors, and a README with data, licence, scores, and how to load the model in TypeScript and in PyTorch.

Example:
  warmstart export runs/mine-tuned/checkpoints/model.safetensors exported/`,
    )
    .action(async (model: string, folder: string, flags: { format: ExportFormat[]; json: boolean }) => {
      const { exportModel } = await import('../models/export-model.js');
      const files = await exportModel(model, folder, flags.format);
      terminal.out(
        flags.json
          ? JSON.stringify({ command: 'export', model, folder, files })
          : files.map((file) => `${folder}/${file}`).join('\n'),
      );
    });
}
