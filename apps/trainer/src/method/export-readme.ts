import { layoutOf } from '../data/preparation.js';
import { type Architecture, featureCountOf } from './architecture.js';
import type { ModelCard } from './model-card.js';

/** The README beside an exported model: what it is, how well it does, how it is loaded. */
export function exportReadme(card: ModelCard, files: readonly string[]): string {
  const { kind, data, seed, metrics, preparation } = card;
  const { answer } = preparation;
  const what =
    answer && kind !== 'encoder'
      ? answer.kind === 'classes'
        ? `Predicts \`${answer.column}\`: ${answer.classNames.map((name) => `\`${name}\``).join(', ')} (in this order).`
        : `Predicts the number \`${answer.column}\`.`
      : 'An encoder: put a head on its features.';
  const scores = Object.entries(metrics).map(([name, value]) => `| ${name} | ${value.toFixed(4)} |`);
  return `# ${kind} from ${data.name}

${what}

| made by | Warmstart, seed ${seed} |
|---|---|
| data | ${data.name}, ${data.rows} training rows (${data.origin}); SHA-256 of the prepared rows \`${data.digest.slice(0, 16)}…\` |
| licence of the data | ${data.licence ?? 'yours: state it before you share this model'} |

${scores.length > 0 ? `On validation rows:\n\n| score | value |\n|---|---|\n${scores.join('\n')}\n\n` : ''}Files: ${files.map((file) => `\`${file}\``).join(', ')}. Weights have PyTorch's names and layouts.

## Rows

${rowsText(card)}${files.includes('model.onnx') ? ' `model.onnx` takes them as `rows`, float32, as many as there are, and gives `output`.' : ''}

## In TypeScript

\`\`\`sh
npx @warmstart/trainer predict model.safetensors --data new-rows
\`\`\`

${typescript(card)}

## In PyTorch

${python(card)}
`;
}

function rowsText({ preparation, architecture }: ModelCard): string {
  if (architecture.kind === 'published') {
    return `The model takes the ${architecture.featureCount} features that ${architecture.model} gives (weights with SHA-256 \`${architecture.sha256.slice(0, 16)}…\`).`;
  }
  if (preparation.kind === 'texts')
    return `Texts become ${preparation.length} token ids by the tokenizer in \`preparation.json\`.`;
  const { width } = layoutOf(preparation);
  if (preparation.kind === 'images') {
    return `Images of ${preparation.size} × ${preparation.size} pixels, row by row, red green blue: ${width} numbers, each (value / 255 − mean) / deviation of its channel, as \`preparation.json\` has them.`;
  }
  const counts = preparation.kind === 'counts' ? ' after scaling each row to 10,000 and log(1 + x)' : '';
  return `A row is ${width} numbers: the columns of \`preparation.json\`, numbers as (value − mean) / deviation${counts} (0 where missing; beyond ±8 only the logarithm grows), categories one-hot.`;
}

function typescript({ architecture, kind, preparation }: ModelCard): string {
  if (architecture.kind !== 'mlp') return '';
  const outputs = preparation.answer?.kind === 'classes' ? preparation.answer.classNames.length : 1;
  const head =
    kind === 'encoder'
      ? ''
      : `\nconst head = linearHead(${featureCountOf(architecture)}, ${outputs}, { random });\nconst model = withHead(encoder, head);`;
  const name = kind === 'encoder' ? 'encoder' : 'model';
  return `\`\`\`ts
import '@tensorflow/tfjs';
import { loadStateDict, open } from '@warmstart/core-checkpoint';
import { seededRandom } from '@warmstart/random';
${kind === 'encoder' ? '' : "import { linearHead, withHead } from '@warmstart/finetune-heads';\n"}import { autoencoder } from '@warmstart/models';

const random = seededRandom(0);
const { encoder } = autoencoder({ inFeatures: ${architecture.inFeatures}, hidden: [${architecture.hidden.join(', ')}], random });${head}
const checkpoint = await open('model.safetensors');
loadStateDict(${name}, await checkpoint.stateDict());
const output = ${name}.call(rows); // rows: prepared, [count, ${architecture.inFeatures}]
\`\`\``;
}

function python({ architecture, kind, preparation }: ModelCard): string {
  if (architecture.kind === 'bert') {
    return `The encoder has Hugging Face's names: \`BertModel(config).load_state_dict(...)\` with ${JSON.stringify(architecture.config)}.`;
  }
  const outputs = preparation.answer?.kind === 'classes' ? preparation.answer.classNames.length : 1;
  const layers = layersOf(architecture);
  const encoder = layers.map(([name, from, to]) => `'${name}': nn.Linear(${from}, ${to})`).join(', ');
  const isEncoder = kind === 'encoder';
  const body = isEncoder
    ? `model = nn.ModuleDict({${encoder}})

def run(rows):
    for layer in model.values():
        rows = torch.relu(layer(rows))
    return rows`
    : `class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({${encoder}})
        self.head = nn.Linear(${featureCountOf(architecture)}, ${outputs})

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
