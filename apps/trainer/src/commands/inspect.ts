import type { Command } from 'commander';
import { inspectionText } from '../models/inspection-text.js';
import { openCheckpoint, skipUnknownFlag } from '../models/open-checkpoint.js';
import { AlreadyReported, failureReport, failureText } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  json: boolean;
  digest: boolean;
  skipUnknown: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument(
      '<file...>',
      'checkpoints: .pt, .safetensors, .npz, .npy, .h5, model.json, or an index of shards',
    )
    .option('--digest', "also the SHA-256 of each tensor's bytes", false)
    .option(...skipUnknownFlag, false)
    .option('--json', 'print one JSON object per file', false)
    .action(async (files: string[], flags: Flags) => {
      let failed = false;
      for (const file of files) failed = !(await inspect(file, flags, terminal)) || failed;
      if (failed) throw new AlreadyReported('inspect: not every file could be read.');
    });
}

/** One file's failure does not keep the others from being shown. */
async function inspect(
  file: string,
  { json, digest, skipUnknown }: Flags,
  terminal: Terminal,
): Promise<boolean> {
  try {
    const checkpoint = await openCheckpoint(file, terminal, { skipUnknown });
    try {
      const inspection = await checkpoint.inspect({ digest, signal: terminal.signal });
      terminal.out(json ? JSON.stringify({ ...inspection, file }) : inspectionText(inspection));
    } finally {
      await checkpoint.close();
    }
    return true;
  } catch (error) {
    const { error: report } = failureReport(error);
    if (json) terminal.out(JSON.stringify({ file, error: { ...report, file } }));
    terminal.note(`warmstart: ${failureText(error)}`);
    return false;
  }
}
