import {
  type Architecture,
  featureCountOf,
  type InputColumn,
  layoutOf,
  type ModelCard,
  type OutputSchema,
} from '@warmstart/transfer';
import type { NetworkOrigin } from './network-origin.js';

/** The README beside an exported model: what it is, how well it does, each step of using it with its formula. */
export function exportReadme(
  card: ModelCard,
  files: readonly string[],
  network: NetworkOrigin | undefined,
): string {
  const { kind, origin } = card;
  const { data, seed, learned } = origin;
  return `# ${kind} from ${data.name}

${whatText(card)}

| made by | Warmstart, seed ${seed} |
|---|---|
| data | ${data.name}, ${data.rowCount} rows (${data.origin}), of which ${learned.count} were learned from; SHA-256 of the rows \`${data.digest.slice(0, 16)}…\` |
| licence of the data | ${data.licence ?? 'yours: state it before you share this model'} |

${scoresText(card)}Files: ${files.map((file) => `\`${file}\``).join(', ')}. Weights have PyTorch's names and layouts.

## From a row to the input

${network ? networkText(network, card) : rowsText(card)}

## From the output to the answer

${card.kind === 'encoder' ? 'The output is the features: put a head on them.' : outputText(card.output)}
${onnxText(card, files)}
${programsText(files)}## In TypeScript

\`\`\`ts
import { ${card.kind === 'encoder' ? 'openEncoder' : 'openModel'} } from '@warmstart/transfer';

${
  card.kind === 'encoder'
    ? "const encoder = await openEncoder('model.safetensors'); // finetune(rows, { from: encoder })"
    : "const model = await openModel('model.safetensors');\nconsole.log(await model.predict('new-rows.csv'));"
}
\`\`\`

On the command line: \`npx @warmstart/trainer predict model.safetensors --data new-rows.csv\`.

## In PyTorch

${python(card)}
`;
}

function whatText(card: ModelCard): string {
  if (card.kind === 'encoder') return 'An encoder: put a head on its features.';
  const { output } = card;
  return output.kind === 'classes'
    ? `Predicts \`${output.column}\`: ${output.classNames.map((name) => `\`${name}\``).join(', ')} (in this order). Learned from ${card.labels} labelled rows.`
    : `Predicts the number \`${output.column}\`. Learned from ${card.labels} labelled rows.`;
}

function scoresText(card: ModelCard): string {
  const scores = Object.entries(card.scores);
  if (scores.length === 0) return '';
  const baseline = card.kind === 'encoder' ? undefined : card.baseline;
  const rows = scores.map(([name, value]) => {
    const against = baseline?.[name];
    return `| ${name} | ${value.toFixed(4)} |${baseline ? ` ${against?.toFixed(4) ?? ''} |` : ''}`;
  });
  const where = card.kind === 'encoder' ? 'validation' : 'test';
  const head = baseline ? '| score | value | baseline |\n|---|---|---|' : '| score | value |\n|---|---|';
  return `On ${where} rows:\n\n${head}\n${rows.join('\n')}\n\n`;
}

function networkText({ model, sha256 }: NetworkOrigin, { architecture }: ModelCard): string {
  return `The model takes the ${featureCountOf(architecture)} features that ${model} gives (weights with SHA-256 \`${sha256}\`), each as tail((value − mean) / deviation) by its mean and deviation in \`preparation.json\`, with tail(v) = v up to ±8 and sign(v) · (8 + log1p(|v| − 8)) beyond. Rows are prepared for that network as it was published.`;
}

function rowsText({ input }: ModelCard): string {
  const { width } = layoutOf(input);
  switch (input.kind) {
    case 'texts':
      return `A text becomes ${input.length} token ids by the tokenizer in \`preparation.json\` (a \`tokenizer.json\` of Hugging Face), as float32.`;
    case 'images':
      return `The shorter side of an image is resized to ${input.shorterSide} pixels (${input.interpolation}), the middle ${input.size} × ${input.size} is kept, row by row, red green blue: ${width} numbers, each (value / 255 − mean) / deviation of its channel: mean ${input.mean.join(', ')}, deviation ${input.deviation.join(', ')}.`;
    case 'counts':
      return `${input.logged ? 'Values are logarithms already' : `Counts c of a row become log(1 + ${input.scale} · c / sum of the row)`}, then (value − mean) / deviation of each gene, in the order of \`preparation.json\`: ${width} numbers.`;
    case 'table':
      return `${width} numbers, column after column in this order (a missing value is 0 in all features of its column but the indicator); numbers are computed in float64 and then narrowed to float32.\n\n${input.columns.map(columnText).join('\n')}`;
  }
}

function columnText(column: InputColumn): string {
  switch (column.type) {
    case 'number':
      return `- \`${column.name}\`: tail((value − ${column.mean}) / ${column.deviation}), with tail(v) = v up to ±8 and sign(v) · (8 + log1p(|v| − 8)) beyond${column.indicator ? '; then 1 where the value is missing, 0 where it is there' : ''}`;
    case 'category':
      return `- \`${column.name}\`: ${column.words.length} numbers, 1 at the place of the word among ${JSON.stringify(column.words)}, 0 elsewhere`;
    case 'date':
      return `- \`${column.name}\`: (days since 1970-01-01 − ${column.mean}) / ${column.deviation}${column.cycles.map((cycle) => `, sine and cosine of 2π · the share of the ${cycle} that has gone by`).join('')}${column.indicator ? '; then 1 where it is missing' : ''}`;
    case 'text':
      return `- \`${column.name}\`: ${column.words.length} numbers, one a word of \`preparation.json\``;
    case 'one-hot':
      return `- ${column.names.length} columns of zeros and ones, from \`${column.names[0]}\` on, as they are`;
  }
}

function outputText(output: OutputSchema): string {
  return output.kind === 'classes'
    ? `The network gives logits z in the order of the classes. Probabilities are softmax(z / ${output.temperature}): the temperature was calibrated on rows held out.`
    : `The network gives a number y in standard units. The answer is y × ${output.deviation} + ${output.mean}.`;
}

function onnxText(card: ModelCard, files: readonly string[]): string {
  if (!files.includes('model.onnx')) return '';
  const name =
    card.kind === 'encoder' ? 'features' : card.output.kind === 'classes' ? 'probabilities' : 'value';
  return `\n\`model.onnx\` takes prepared rows as \`rows\`, float32, as many as there are, and gives \`${name}\`: this last step is in it.\n`;
}

function programsText(files: readonly string[]): string {
  if (!files.includes('predict.py')) return '';
  return `## Programs

- \`python predict.py new-rows.csv\` predicts with NumPy and safetensors alone (\`pip install numpy safetensors\`).
- \`npx tsx predict.ts new-rows.csv\` predicts in TypeScript (\`npm install @warmstart/transfer @tensorflow/tfjs@4.22.0\`).

`;
}

function python(card: ModelCard): string {
  const { architecture } = card;
  if (architecture.kind === 'bert') {
    return `The encoder has Hugging Face's names: \`BertModel(config).load_state_dict(...)\` with ${JSON.stringify(architecture.config)}.`;
  }
  const layers = layersOf(architecture)
    .map(([name, from, to]) => `'${name}': nn.Linear(${from}, ${to})`)
    .join(', ');
  const body =
    card.kind === 'encoder'
      ? `model = nn.ModuleDict({${layers}})

def run(rows):
    for layer in model.values():
        rows = torch.relu(layer(rows))
    return rows`
      : `class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({${layers}})
        self.head = nn.Linear(${featureCountOf(architecture)}, ${card.output.kind === 'classes' ? card.output.classNames.length : 1})

    def forward(self, rows):
        for layer in self.encoder.values():
            rows = torch.relu(layer(rows))
        return self.head(rows)

model = Model()`;
  return `\`\`\`python
import torch
from torch import nn
from safetensors.torch import load_file

${body}
model.load_state_dict(load_file('model.safetensors'))
\`\`\``;
}

function layersOf(architecture: Architecture): [string, number, number][] {
  if (architecture.kind !== 'mlp') return [];
  const sizes = [architecture.inFeatures, ...architecture.hidden];
  return architecture.hidden.map((size, index) => [`fc${index + 1}`, sizes[index] as number, size]);
}
