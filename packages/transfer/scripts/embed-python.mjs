// Writes src/exporting/predict.generated.ts from predict.py beside it: node scripts/embed-python.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const at = (name) => new URL(`../src/exporting/${name}`, import.meta.url);
const program = readFileSync(at('predict.py'), 'utf8');
writeFileSync(
  at('predict.generated.ts'),
  `// Made from predict.py by scripts/embed-python.mjs.\nexport const predictPython = ${JSON.stringify(program)};\n`,
);
