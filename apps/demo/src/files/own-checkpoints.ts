import { toBytes } from '@warmstart/core-checkpoint';
import { keptPretraining } from '../store/kept.js';

/** The encoder that was trained on this device, as a file. */
export async function ownCheckpoints(): Promise<{ blob: Blob; name: string } | undefined> {
  const kept = await keptPretraining();
  if (!kept?.encoder) return undefined;
  return { blob: new Blob([toBytes(kept.encoder, 'safetensors')]), name: 'encoder.safetensors' };
}
