/** What is to be predicted of a row, as the data has it. */
export type OutputColumn =
  | { readonly kind: 'classes'; readonly column: string; readonly classNames: readonly string[] }
  | { readonly kind: 'number'; readonly column: string };

/**
 * What a model predicts; part of its card. Classes are known by name everywhere outside the network: logit `i` is of
 * `classNames[i]`. A number is predicted in standard units of the labelled training rows.
 */
export type OutputSchema =
  | {
      readonly kind: 'classes';
      readonly column: string;
      readonly classNames: readonly string[];
      /** Probabilities are softmax(logits ÷ temperature). */
      readonly temperature: number;
    }
  | { readonly kind: 'number'; readonly column: string; readonly mean: number; readonly deviation: number };

/** How many values a network gives per row: one a class, or one for a number. */
export function outputCount(output: OutputColumn): number {
  return output.kind === 'classes' ? output.classNames.length : 1;
}
