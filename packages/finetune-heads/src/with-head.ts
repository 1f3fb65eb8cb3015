import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm, type CallOptions, freezeBatchNorm, Module, type NamedVariable } from '@warmstart/nn';

/**
 * What the encoder's batch norms do while the rest trains:
 * - `inference`: they use the statistics of pre-training and leave them alone; right for few labels,
 * - `adapt-stats`: statistics follow the new data, their weights and biases do not learn,
 * - `train`: both move.
 */
export type BatchNormPolicy = 'inference' | 'adapt-stats' | 'train';

/** What {@link withHead} takes besides its parts. */
export interface WithHeadOptions {
  /** Default 'inference'. */
  batchNorm?: BatchNormPolicy;
}

/** An encoder and its end as one model: paths `encoder.…` and `head.…`. */
export class EncoderWithHead<
  Encoder extends Module<never, tf.Tensor>,
  Head extends Module<tf.Tensor, tf.Tensor>,
> extends Module<Parameters<Encoder['call']>[0], tf.Tensor> {
  readonly encoder: Encoder;
  readonly head: Head;
  readonly batchNorm: BatchNormPolicy;

  constructor(encoder: Encoder, head: Head, { batchNorm = 'inference' }: WithHeadOptions = {}) {
    super();
    this.encoder = encoder;
    this.head = head;
    this.batchNorm = batchNorm;
    freezeBatchNorm(encoder, { frozen: batchNorm === 'inference' });
  }

  /** Under 'adapt-stats' the weights and biases of batch norms count as buffers: saved, never learned. */
  override *namedVariables(): Iterable<NamedVariable> {
    const norms = this.batchNorm === 'adapt-stats' ? normPaths(this.encoder) : new Set<string>();
    for (const named of super.namedVariables()) {
      const owner = named.path.slice(0, named.path.lastIndexOf('.'));
      yield norms.has(owner) ? { ...named, kind: 'buffer' } : named;
    }
  }

  /** The encoder's features, as the head gets them; the caller disposes them. */
  features(input: Parameters<Encoder['call']>[0], options?: CallOptions): tf.Tensor {
    return this.encoder.call(input as never, options); // the encoder's own input type
  }

  /** What the head makes of the encoder's features; the caller disposes it. */
  override call(input: Parameters<Encoder['call']>[0], options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.head.call(this.features(input, options), options));
  }
}

/**
 * Puts a new end on an encoder. Both stay usable by themselves; disposing the result disposes both.
 *
 * @param encoder - gives features, e.g. [batchSize, featureCount]
 * @param head - takes them
 */
export function withHead<Encoder extends Module<never, tf.Tensor>, Head extends Module<tf.Tensor, tf.Tensor>>(
  encoder: Encoder,
  head: Head,
  options?: WithHeadOptions,
): EncoderWithHead<Encoder, Head> {
  return new EncoderWithHead(encoder, head, options);
}

function normPaths(encoder: Module<never, tf.Tensor>): Set<string> {
  const paths = new Set<string>();
  for (const [path, module] of encoder.namedModules()) {
    if (module instanceof BatchNorm) paths.add(path ? `encoder.${path}` : 'encoder');
  }
  return paths;
}
