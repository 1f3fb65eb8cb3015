import type { Architecture } from '../encoders/architecture.js';
import type { RememberedRows } from '../rows/row-ids.js';
import type { InputSchema } from '../schema/input-schema.js';
import type { OutputSchema } from '../schema/output-schema.js';

/** The metadata entry of a model file that holds its card. */
export const cardKey = 'warmstart.card';

/** Versions of the card that this package writes and reads. */
export const cardVersion = 1;

/** Where a model's rows and weights come from. */
export interface Origin {
  readonly data: {
    /** The file or data set. */
    readonly name: string;
    readonly origin: string;
    readonly licence?: string;
    /** SHA-256 of all rows' ids. */
    readonly digest: string;
    readonly rowCount: number;
  };
  /** Rows that it learned from or that chose its settings, those of its encoder included. */
  readonly learned: RememberedRows;
  readonly seed: number;
  /** Of this package and TensorFlow.js. */
  readonly versions: Readonly<Record<string, string>>;
}

interface AnyCard {
  readonly version: typeof cardVersion;
  readonly architecture: Architecture;
  readonly input: InputSchema;
  readonly origin: Origin;
}

/** An encoder, pre-trained by masking. Its weights stand under the encoder's own keys. */
export interface EncoderCard extends AnyCard {
  readonly kind: 'encoder';
  /** On validation rows under masks that never change. */
  readonly scores: Readonly<Record<'lossBefore' | 'lossAfter' | 'baselineLoss' | 'skill', number>>;
}

/** A model that predicts. Its weights stand under `encoder.` and `head.`. */
export interface PredictorCard extends AnyCard {
  readonly kind: 'classifier' | 'regressor';
  readonly output: OutputSchema;
  /** What was tried and chosen, and by which labels. */
  readonly chosen: Readonly<Record<string, unknown>>;
  /** Labelled rows it learned from. */
  readonly labels: number;
  /** On test rows; by name, see `scoreOutputs`. */
  readonly scores: Readonly<Record<string, number>>;
  /** The same for a model that knows only the class shares, or the mean, of its labelled rows. */
  readonly baseline: Readonly<Record<string, number>>;
}

/** What a model file says of itself, as JSON in its metadata: everything that is needed to use it. */
export type ModelCard = EncoderCard | PredictorCard;
