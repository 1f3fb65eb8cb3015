import type { ExperimentModule } from './experiment.js';

interface ExperimentEntry {
  name: string;
  summary: string;
  load: () => Promise<ExperimentModule>;
}

/** Every published experiment; its table lies in docs/experiments/ under the same name. */
export const experiments: readonly ExperimentEntry[] = [
  {
    name: 'few-labels',
    summary: 'what masked pre-training is worth with 10 to 500 labels, on DNA, mails and digits',
    load: () => import('./few-labels/few-labels.js'),
  },
  {
    name: 'tables',
    summary: 'the default fine-tuning against scikit-learn, on 14 tables with 20, 200 and all labels',
    load: () => import('./tables.js'),
  },
  {
    name: 'gtl-sinusoid',
    summary: 'guided transfer: few-shot sinusoids, guides against their controls and neighbours',
    load: () => import('./guided/gtl-sinusoid.js'),
  },
  {
    name: 'gtl-digits',
    summary: 'guided transfer: pre-train on 7 handwritten digits, scout 35 triples, learn 3 new ones',
    load: () => import('./guided/gtl-digits.js'),
  },
  {
    name: 'gtl-glyphs',
    summary: 'guided transfer: drawn characters, 10-way from one drawing each',
    load: () => import('./guided/gtl-glyphs.js'),
  },
  {
    name: 'gtl-shifted-digits',
    summary: 'guided transfer: new digits as negatives, moved and blurred; scouts saw that, or not',
    load: () => import('./guided/gtl-shifted-digits.js'),
  },
  {
    name: 'gtl-rna',
    summary:
      'guided transfer: masked autoencoder on a table like RNA-seq, scouts on cluster pairs, 12 samples',
    load: () => import('./guided/gtl-rna.js'),
  },
  {
    name: 'gtl-codes',
    summary: 'guided transfer: random 25-bit codes, where there is nothing to transfer',
    load: () => import('./guided/gtl-codes.js'),
  },
];
