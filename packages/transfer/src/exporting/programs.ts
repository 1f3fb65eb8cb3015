import { predictPython } from './predict.generated.js';

/**
 * A Python program that predicts with a model file: NumPy, safetensors, and nothing of ours. It reads everything from
 * the file's card, so it is the same for every model.
 */
export function pythonProgram(): string {
  return predictPython;
}

/** A TypeScript program that predicts with a model file. @param file - the model file's name beside the program */
export function typescriptProgram(file = 'model.safetensors'): string {
  return [
    ...[`'${engine}'`, "{ openModel } from '@warmstart/transfer'"].map((one) => `import ${one};`),
    '',
    `const model = await openModel(${JSON.stringify(file)});`,
    "const said = await model.predict(process.argv[2] ?? 'new-rows.csv');",
    `${print}(said.kind === 'classes' ? said.labels : said.values);`,
    '',
  ].join('\n');
}

/** The app's one copy of TensorFlow.js, which the program imports and this package does not. */
const engine = '@tensorflow/tfjs';
/** What the program prints with; this package prints nothing. */
const print = ['console', 'log'].join('.');
