import { existsSync } from 'node:fs';
import { save } from '@warmstart/core-checkpoint';
import type { TrainingCheckpoint, TrainingProgress } from '@warmstart/training';
import { openCheckpoint } from '../open-checkpoint.js';
import type { Terminal } from '../terminal.js';

/** Keeps a run's state in one file, whole or not at all. */
export async function saveProgress(path: string, { tensors, progress }: TrainingCheckpoint): Promise<void> {
  await save(path, tensors, { metadata: { progress: JSON.stringify(progress) } });
}

/** A run's state, if there is one. */
export async function readProgress(
  path: string,
  terminal: Terminal,
): Promise<TrainingCheckpoint | undefined> {
  if (!existsSync(path)) return undefined;
  const checkpoint = await openCheckpoint(path, terminal);
  try {
    const tensors = await checkpoint.stateDict();
    const progress = JSON.parse(String(checkpoint.metadata.progress)) as TrainingProgress; // fit checks it
    return { tensors: tensors as TrainingCheckpoint['tensors'], progress };
  } finally {
    await checkpoint.close();
  }
}
