import { toBytes } from '@warmstart/core-checkpoint';
import { keptRun } from '../store/kept.js';
import { RunFolder } from '../store/run-folder.js';

/** The encoder that was trained on this device, as a file. */
export async function ownCheckpoints(): Promise<{ blob: Blob; name: string } | undefined> {
  const run = await keptRun();
  const folder = run && (await RunFolder.find(run.id));
  const done = await folder?.encoder();
  return done && { blob: new Blob([toBytes(done.encoder, 'safetensors')]), name: 'encoder.safetensors' };
}
