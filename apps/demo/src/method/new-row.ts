import type { Source } from './source.js';
import type { TableFacts } from './table.js';

/** How a person types one new row of a table. */
export interface NewRow {
  label: string;
  hint: string;
  example: string;
  /** @throws Error in plain words if the text is no row */
  read: (text: string) => Float32Array;
}

/** @returns undefined where a row cannot be typed: pictures, and rows of thousands of counts */
export function newRowFor(source: Source, table: TableFacts): NewRow | undefined {
  if (source.kind === 'sample' && source.name === 'spambase') return mailRow(table.featureNames);
  if (source.kind === 'sample' && source.name === 'dna-splice') return dnaRow;
  return table.takesTyping ? numbersRow(table) : undefined;
}

function numbersRow({ width, featureNames }: TableFacts): NewRow {
  return {
    label: `${width} numbers, separated by commas`,
    hint: `in this order: ${featureNames.slice(0, 6).join(', ')}${width > 6 ? ', …' : ''}`,
    example: '',
    read: (text) => {
      const values = text
        .split(/[\s,;]+/)
        .filter(Boolean)
        .map(Number);
      if (values.length !== width || values.some((value) => !Number.isFinite(value))) {
        throw new Error(`A row has ${width} numbers here, got ${values.filter(Number.isFinite).length}.`);
      }
      return Float32Array.from(values);
    },
  };
}

const dnaRow: NewRow = {
  label: '60 letters of DNA',
  hint: 'A, C, G and T; a donor site has GT right after the middle, an acceptor AG right before it',
  example: 'CCAGCTGCATCACAGGAGGCCAGCGAGCAGGTAAGTGCCAGCCTGGAGTGGCTCCTGAGG',
  read: (text) => {
    const letters = text.toUpperCase().replace(/\s/g, '');
    if (!/^[ACGT]{60}$/.test(letters)) {
      throw new Error(`A row is 60 letters A, C, G or T, got ${letters.length}.`);
    }
    return Float32Array.from(
      [...letters].flatMap((letter) => [...'ACGT'].map((base) => (base === letter ? 1 : 0))),
    );
  },
};

/** The 57 counts of Spambase, from a text as its authors counted them. */
function mailRow(featureNames: readonly string[]): NewRow {
  return {
    label: 'An e-mail',
    hint: 'its text is turned into the 57 frequencies that Spambase is made of',
    example:
      'CONGRATULATIONS!!! You receive FREE credit, order now and remove all your business worries. $$$ 100% free money!',
    read: (text) => {
      if (text.trim() === '') throw new Error('Type or paste some text first.');
      return Float32Array.from(featureNames, (name) => mailFeature(name, text));
    },
  };
}

/** Percentages of words and of characters; lengths of runs of capitals. @see UCI Spambase, spambase.names */
function mailFeature(name: string, text: string): number {
  const word = /^word_freq_(.+)$/.exec(name)?.[1];
  if (word !== undefined) {
    const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    return (100 * words.filter((found) => found === word).length) / Math.max(1, words.length);
  }
  const character = /^char_freq_(.)$/.exec(name)?.[1];
  if (character !== undefined) return (100 * (text.split(character).length - 1)) / Math.max(1, text.length);
  const runs = (text.match(/[A-Z]+/g) ?? ['']).map((run) => run.length);
  const total = runs.reduce((sum, length) => sum + length, 0);
  if (name.endsWith('total')) return total;
  return name.endsWith('longest') ? Math.max(...runs) : total / runs.length;
}
