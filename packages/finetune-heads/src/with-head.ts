import * as tf from '@tensorflow/tfjs-core';
import { type CallOptions, Module } from '@warmstart/nn';

/** An encoder and its end as one model: paths `encoder.…` and `head.…`. */
export class EncoderWithHead<
  Encoder extends Module<never, tf.Tensor>,
  Head extends Module<tf.Tensor, tf.Tensor>,
> extends Module<Parameters<Encoder['call']>[0], tf.Tensor> {
  readonly encoder: Encoder;
  readonly head: Head;

  constructor(encoder: Encoder, head: Head) {
    super();
    this.encoder = encoder;
    this.head = head;
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
): EncoderWithHead<Encoder, Head> {
  return new EncoderWithHead(encoder, head);
}
