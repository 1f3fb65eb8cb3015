/** Layers that are frozen, thawed or slowed together. */
export interface Stage {
  name: string;
  /** prefixes of the paths in it */
  paths: readonly string[];
}

/**
 * The name of the stage a path is in: a model's `blockOf`.
 *
 * @throws RangeError if it is in none
 */
export function stageOf(stages: readonly Stage[], path: string): string {
  const stage = stages.find(({ paths }) =>
    paths.some((prefix) => path === prefix || path.startsWith(`${prefix}.`)),
  );
  if (stage) return stage.name;
  throw new RangeError(`blockOf: path must be one of the model's, got "${path}".`);
}
