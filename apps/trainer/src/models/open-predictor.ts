import { type LearnedRows, type Model, openModel, type Rows } from '@warmstart/transfer';
import type { DataSettings } from '../settings/project.js';
import { openRows } from '../sources/open-rows.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { networkOriginOf } from './network-origin.js';

/** A model that predicts, and how rows are read for it. */
export interface Predictor {
  /** The caller disposes it. */
  model: Model;
  /** Reads rows as the model learned to. */
  openLike(settings: DataSettings): Promise<Rows>;
}

/**
 * Opens a model's file and, where it needs one, its published network.
 *
 * @param weights - where the network's weights are, if they were moved
 */
export async function openPredictor(
  file: string,
  weights: string | undefined,
  terminal: Terminal,
): Promise<Predictor> {
  const model = await openModel(file);
  const { input, output } = model.card;
  const origin = await networkOriginOf(file);
  if (!origin) {
    if (weights !== undefined) {
      throw new UsageError(
        `--weights is for models on a published network, and ${file} needs none. Leave it out.`,
      );
    }
    const like: LearnedRows = { input, output };
    return { model, openLike: (settings) => openRows(settings, terminal, like) };
  }
  const { reopenNetwork } = await import('./published-network.js');
  const { featureRows } = await import('./feature-rows.js');
  const network = await reopenNetwork(weights === undefined ? origin : { ...origin, weights }, terminal);
  const like: LearnedRows = { input: network.input, output };
  return {
    model,
    openLike: async (settings) => featureRows(await openRows(settings, terminal, like), network, terminal),
  };
}
