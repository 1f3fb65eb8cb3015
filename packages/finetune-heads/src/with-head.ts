import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm, type CallOptions, freezeBatchNorm, Module } from '@warmstart/nn';
import type { NamedVariable } from '@warmstart/shapes';

/**
 * What the encoder's batch norms do while the rest trains:
 * - `inference`: they use the statistics of pre-training and leave them alone; right for few labels,
 * - `adapt-stats`: statistics follow the new data, their weights and biases do not learn,
 * - `train`: both move.
 */
export type BatchNormPolicy = 'inference' | 'adapt-stats' | 'train';

/** What {@link withHead} takes besides its parts. */
export interface WithHeadOptions {
  /** Default 'inference'. Only for modules of `@warmstart/nn`: others get `training` and decide themselves. */
  batchNorm?: BatchNormPolicy;
}

/**
 * Anything that gives features: a `Module` of `@warmstart/nn`, or an object of your own around weights that
 * are there already.
 */
export interface FeatureEncoder {
  /** Features, e.g. [batchSize, featureCount]; the caller disposes them. */
  call(input: never, options?: CallOptions): tf.Tensor;
  /** What may learn and is saved, by path; nothing for an encoder that stays as it is. */
  namedVariables(): Iterable<NamedVariable>;
  dispose?(): void;
}

/** An encoder and its end as one model: paths `encoder.…` and `head.…`. */
export class EncoderWithHead<
  Encoder extends FeatureEncoder,
  Head extends Module<tf.Tensor, tf.Tensor>,
> extends Module<Parameters<Encoder['call']>[0], tf.Tensor> {
  readonly encoder: Encoder;
  readonly head: Head;
  readonly batchNorm: BatchNormPolicy;

  constructor(encoder: Encoder, head: Head, { batchNorm }: WithHeadOptions = {}) {
    super();
    checkEncoder(encoder, batchNorm);
    this.encoder = encoder;
    this.head = head;
    this.batchNorm = batchNorm ?? 'inference';
    if (encoder instanceof Module) freezeBatchNorm(encoder, { frozen: this.batchNorm === 'inference' });
  }

  /** Under 'adapt-stats' the weights and biases of batch norms count as buffers: saved, never learned. */
  override *namedVariables(): Iterable<NamedVariable> {
    const { encoder } = this;
    if (!(encoder instanceof Module)) {
      for (const named of encoder.namedVariables()) yield { ...named, path: `encoder.${named.path}` };
    }
    const adapts = encoder instanceof Module && this.batchNorm === 'adapt-stats';
    const norms = adapts ? normPaths(encoder) : new Set<string>();
    for (const named of super.namedVariables()) {
      const owner = named.path.slice(0, named.path.lastIndexOf('.'));
      yield norms.has(owner) ? { ...named, kind: 'buffer' } : named;
    }
  }

  /** The encoder's features, as the head gets them; the caller disposes them. */
  features(input: Parameters<Encoder['call']>[0], options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.encoder.call(input as never, options)); // the encoder's own input type
  }

  /** What the head makes of the encoder's features; the caller disposes it. */
  override call(input: Parameters<Encoder['call']>[0], options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.head.call(this.features(input, options), options));
  }

  override dispose(): void {
    super.dispose();
    if (!(this.encoder instanceof Module)) this.encoder.dispose?.();
  }
}

/**
 * Puts a new end on an encoder. Both stay usable by themselves; disposing the result disposes both.
 *
 * @param encoder - gives features, e.g. [batchSize, featureCount]; see {@link FeatureEncoder} for one of your own
 * @param head - takes them
 * @throws TypeError for an encoder without `call` or `namedVariables`, or a `batchNorm` for one whose batch
 *   norms cannot be known
 */
export function withHead<Encoder extends FeatureEncoder, Head extends Module<tf.Tensor, tf.Tensor>>(
  encoder: Encoder,
  head: Head,
  options?: WithHeadOptions,
): EncoderWithHead<Encoder, Head> {
  return new EncoderWithHead(encoder, head, options);
}

function checkEncoder(encoder: FeatureEncoder, batchNorm: BatchNormPolicy | undefined): void {
  const missing = (['call', 'namedVariables'] as const).find((name) => typeof encoder?.[name] !== 'function');
  if (missing !== undefined) {
    throw new TypeError(
      `withHead: encoder must have call(input, { training }) and namedVariables(), got one without ${missing}. ` +
        'Wrap it: { call: (x) => features, namedVariables: () => [{ path, variable, kind }] }, with [] if it stays as it is.',
    );
  }
  if (batchNorm !== undefined && !(encoder instanceof Module)) {
    throw new TypeError(
      `withHead: batchNorm is for modules of @warmstart/nn, got ${batchNorm} for another encoder. Heed training in its call instead.`,
    );
  }
}

function normPaths(encoder: Module<never, tf.Tensor>): Set<string> {
  const paths = new Set<string>();
  for (const [path, module] of encoder.namedModules()) {
    if (module instanceof BatchNorm) paths.add(path ? `encoder.${path}` : 'encoder');
  }
  return paths;
}
