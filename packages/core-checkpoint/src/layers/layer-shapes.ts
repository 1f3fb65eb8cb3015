/** The part of a `tf.LayersModel` that is used: no import of tfjs-layers is needed. */
export interface LayersModelLike {
  readonly layers: readonly LayerLike[];
  /** its architecture, which `save` writes beside the weights */
  toJSON?(unused?: unknown, returnString?: boolean): unknown;
}

/** The part of a layer that is used. Wrappers, recurrent layers and models hold others. */
export interface LayerLike {
  readonly name: string;
  getClassName?(): string;
  getConfig?(): Record<string, unknown>;
  readonly weights: readonly LayerWeight[];
  /** of a model inside a model */
  readonly layers?: readonly LayerLike[];
  readonly inboundNodes?: readonly unknown[];
  readonly outboundNodes?: readonly unknown[];
}

/** One use of a layer: where its input comes from and its output goes. */
export interface LayerNode {
  readonly inboundLayers: readonly LayerLike[];
  readonly outboundLayer: LayerLike;
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly outputShapes: readonly (readonly (number | null)[])[];
}

/** A weight; its variable is in `val`, which its type declares protected. */
export interface LayerWeight {
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
}

/** The class of a layer, as Keras calls it; '' if it cannot tell. */
export function classOf(layer: LayerLike): string {
  return layer.getClassName?.() ?? '';
}

/** A layer inside another, by the name of the field: `forwardLayer`, `cell`. */
export function innerLayer(layer: LayerLike, field: string): LayerLike | undefined {
  const inner = (layer as unknown as Record<string, unknown>)[field]; // any field may be asked for
  return typeof inner === 'object' && inner !== null && 'weights' in inner ? (inner as LayerLike) : undefined;
}

/** How a layer is used first, if it is part of a model. */
export function nodeOf(layer: LayerLike): LayerNode | undefined {
  return layer.inboundNodes?.[0] as LayerNode | undefined; // as tfjs-layers makes them
}

/** The layers that take a layer's output. */
export function consumersOf(layer: LayerLike): LayerLike[] {
  return (layer.outboundNodes ?? []).map((node) => (node as LayerNode).outboundLayer); // as tfjs-layers makes them
}
