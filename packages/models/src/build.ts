import { type AnyModule, deferVariables, type Module } from '@warmstart/nn';

/**
 * Builds a model, gives its layers their published first values, and only then takes memory for them.
 *
 * @param initialise - called for every module, with its path
 */
export function build<Model extends Module<never, unknown>>(
  make: () => Model,
  initialise: (module: AnyModule, path: string) => void,
): Model {
  const model = deferVariables(make);
  for (const [path, module] of model.namedModules()) initialise(module, path);
  for (const [, parameter] of model.namedParameters()) parameter.allocate();
  return model;
}
