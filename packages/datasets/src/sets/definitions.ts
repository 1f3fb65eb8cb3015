import type { Card } from '../card.js';
import type { DatasetDefinition } from '../definition.js';
import type { Cifar100Columns } from './cifar100.js';
import { cifar100 } from './cifar100.js';
import type { DnaSpliceColumns } from './dna-splice.js';
import { dnaSplice } from './dna-splice.js';
import type { GutenbergColumns } from './gutenberg.js';
import { gutenberg } from './gutenberg.js';
import type { ImagenetColumns } from './imagenet.js';
import { imagenet } from './imagenet.js';
import type { Imagenet32Columns } from './imagenet32.js';
import { imagenet32 } from './imagenet32.js';
import type { ImdbColumns } from './imdb.js';
import { imdb } from './imdb.js';
import type { Recount3Columns } from './recount3.js';
import { recount3 } from './recount3.js';
import type { Sentiment140Columns } from './sentiment140.js';
import { sentiment140 } from './sentiment140.js';
import type { SpambaseColumns } from './spambase.js';
import { spambase } from './spambase.js';
import type { TissueColumns } from './tissue-gene-expression.js';
import { tissueGeneExpression } from './tissue-gene-expression.js';
import type { WordnetColumns } from './wordnet.js';
import { wordnet } from './wordnet.js';
import type { ReviewColumns } from './yelp.js';
import { yelpFull, yelpJson, yelpPolarity } from './yelp.js';

/** What `load` gives for each name. */
export interface DatasetColumns {
  cifar100: Cifar100Columns;
  imagenet: ImagenetColumns;
  imagenet32: Imagenet32Columns;
  gutenberg: GutenbergColumns;
  wordnet: WordnetColumns;
  yelp_polarity: ReviewColumns;
  yelp_full: ReviewColumns;
  yelp_json: ReviewColumns;
  spambase: SpambaseColumns;
  sentiment140: Sentiment140Columns;
  imdb: ImdbColumns;
  recount3: Recount3Columns;
  'dna-splice': DnaSpliceColumns;
  'tissue-gene-expression': TissueColumns;
}

export type DatasetName = keyof DatasetColumns;

function definitions(): { [N in DatasetName]: DatasetDefinition<DatasetColumns[N]> } {
  return {
    cifar100,
    imagenet,
    imagenet32,
    gutenberg,
    wordnet,
    yelp_polarity: yelpPolarity,
    yelp_full: yelpFull,
    yelp_json: yelpJson,
    spambase,
    sentiment140,
    imdb,
    recount3,
    'dna-splice': dnaSplice,
    'tissue-gene-expression': tissueGeneExpression,
  };
}

/** The names `load` knows. */
export function datasetNames(): DatasetName[] {
  return Object.keys(definitions()) as DatasetName[]; // an object literal of exactly these keys
}

/** Whether `load` knows a name. */
export function isDatasetName(name: string): name is DatasetName {
  return Object.hasOwn(definitions(), name);
}

/** @internal @throws RangeError for an unknown name */
export function definitionOf<N extends DatasetName>(name: N): DatasetDefinition<DatasetColumns[N]> {
  const all = definitions();
  if (!Object.hasOwn(all, name)) {
    throw new RangeError(`load: name must be one of ${Object.keys(all).join(', ')}, got "${name}".`);
  }
  return all[name];
}

/** What a data set is, whose it is, and what was checked. */
export function card(name: DatasetName): Card {
  return definitionOf(name).card;
}

/** The split that is the set's table as it stands in its files; for most sets, the one `load` reads by default. */
export function tableSplit(name: DatasetName): string {
  const { tableSplit: split, defaultSplit } = definitionOf(name);
  return split ?? defaultSplit;
}
