import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { positiveNumber } from '../settings/flags.js';
import { addDataFlags, addRunFlags, addTrainingFlags, type RunFlags, sizes } from '../settings/run-flags.js';
import type { Terminal } from '../terminal/terminal.js';

const defaultOut = join('warmstart-runs', 'finetune');
const strategies = ['probe-then-tune', 'head-only', 'full', 'gradual', 'bit-fit'];

export function configure(command: Command, terminal: Terminal): void {
  addRunFlags(command, { what: 'the run’s folder', defaultOut });
  addTrainingFlags(addDataFlags(command))
    .option('--from <file>', 'the encoder.safetensors of a pretrain run; without it, from scratch')
    .addOption(new Option('--encoder <file>', 'the same as --from').hideHelp())
    .option('--guides <file>', 'guides.safetensors of warmstart scout: how far each weight may move')
    .option('--model <name>', 'a published network: its features, frozen (warmstart models)')
    .option('--weights <file>', 'the file with its published weights, e.g. resnet50-11ad3fa6.pth')
    .option(
      '--vocabulary <file>',
      'tokenizer.json or vocab.txt of a text network (default: beside the weights)',
    )
    .option('--labels <n>', 'labelled rows to learn from (default: all training rows)', positiveNumber)
    .addOption(
      new Option('--strategy <name>', 'what learns, and when (default: probe-then-tune)').choices(strategies),
    )
    .option('--hidden <sizes>', "sizes of the encoder's layers, from scratch (default: 256,128)", sizes)
    .addHelpText(
      'after',
      `
Puts a head on an encoder and learns from labelled rows; the validation rows say how well, the test rows are left
for warmstart evaluate.

Examples:
  warmstart finetune --data my.csv --label diagnosis --from runs/mine/checkpoints/encoder.safetensors
  warmstart finetune --data my.csv --label price --task number          from scratch
  warmstart finetune --data my.csv --from runs/guides/base.safetensors --guides runs/guides/guides.safetensors
  warmstart finetune --model resnet50 --weights resnet50-11ad3fa6.pth --data photos/
  warmstart finetune --resume --out runs/mine-tuned`,
    )
    .action(async (words: string[], { encoder, ...flags }: RunFlags) => {
      const { runFinetuning } = await import('../method/run-finetuning.js');
      const from = flags.from ?? encoder;
      await runFinetuning({
        words,
        flags: from === undefined ? flags : { ...flags, from },
        defaultOut,
        terminal,
      });
    });
}
