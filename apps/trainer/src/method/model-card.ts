import type { Preparation } from '../data/preparation.js';
import type { Architecture } from './architecture.js';

/** The metadata of a model file that holds its card. */
export const cardKey = 'warmstart.model';

/** What a model file says of itself, as JSON in its metadata. */
export interface ModelCard {
  version: 1;
  kind: 'encoder' | 'classifier' | 'regressor';
  architecture: Architecture;
  preparation: Preparation;
  /** Where the rows came from. */
  data: { name: string; origin: string; licence?: string; digest: string; rows: number };
  seed: number;
  /** On validation rows. */
  metrics: Record<string, number>;
}
