import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, save } from '@warmstart/core-checkpoint';
import { z } from 'zod';

/** Which published network gives the features of a model, and the file of its weights. */
export interface NetworkOrigin {
  model: string;
  weights: string;
  sha256: string;
  vocabulary?: string | undefined;
}

const networkKey = 'warmstart.network';
const originSchema = z.object({
  model: z.string(),
  weights: z.string(),
  sha256: z.string(),
  vocabulary: z.string().optional(),
});

/** Notes in a model's file which network it needs. */
export async function addNetworkOrigin(file: string, origin: NetworkOrigin): Promise<void> {
  const checkpoint = await open(file);
  const weights = await checkpoint.stateDict();
  const metadata = {
    ...(checkpoint.metadata as Record<string, string>),
    [networkKey]: JSON.stringify(origin),
  };
  await checkpoint.close();
  await save(file, weights, { metadata });
}

/** The network that a model's file needs; undefined if it needs none. */
export async function networkOriginOf(file: string): Promise<NetworkOrigin | undefined> {
  const checkpoint = await open(file);
  try {
    const text = checkpoint.metadata[networkKey];
    return typeof text === 'string' ? originSchema.parse(JSON.parse(text)) : undefined;
  } finally {
    await checkpoint.close();
  }
}

/** SHA-256 of a file. @throws the system's ENOENT, naming it */
export async function digestOf(file: string): Promise<string> {
  if (!existsSync(file)) {
    throw Object.assign(new Error(`${file}: there is no such file. Check --weights.`), {
      code: 'ENOENT',
      file,
    });
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
