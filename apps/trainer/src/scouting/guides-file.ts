import { existsSync, readFileSync } from 'node:fs';
import { openGuides } from '@warmstart/guided-tl';
import type { StateDict } from '@warmstart/shapes';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Guides of an encoder, under the encoder's own keys.
 *
 * @param encoder - the weights that fine-tuning starts from
 * @throws GuidesError if the guides were made for other weights
 */
export async function readGuides(
  path: string,
  encoder: StateDict,
  { note }: Pick<Terminal, 'note'>,
): Promise<StateDict> {
  if (!existsSync(path)) {
    const message = `${path}: there is no such file. Give the guides.safetensors that warmstart scout wrote.`;
    throw Object.assign(new Error(message), { code: 'ENOENT', file: path });
  }
  const { guides, base, metadata } = await openGuides(readFileSync(path), { base: encoder }).catch(
    (error: unknown) => {
      throw error instanceof Error ? Object.assign(error, { file: path }) : error;
    },
  );
  note(
    `guides of ${metadata.scouts} scouts (${metadata.formula}) scale the updates of ${guides.size} tensors`,
  );
  if (base === 'original' && metadata.recentre === 'true') {
    note(
      '  they were made for a base that was moved to the middle of the scouts: start from base.safetensors beside them',
    );
  }
  return guides;
}
