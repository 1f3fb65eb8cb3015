import { seededRandom } from '@warmstart/random';
import { classificationStudy } from './classification.js';
import { glyphs } from './labelled-rows.js';
import { experiment } from './published.js';

/** E3: drawn characters of three strokes; 60 to pre-train on, 10 of 30 others to tell apart from one drawing. */
export const run = experiment('gtl-glyphs', { seeds: 5, validationTasks: 2, testTasks: 25 }, () => [
  classificationStudy({
    name: '',
    rows: (seed) => {
      const rows = glyphs(90, 12, seededRandom(seed, 'glyphs'));
      return { seen: rows, scouted: rows, tasks: rows };
    },
    classes: 90,
    baseClasses: 60,
    way: 10,
    scoutWay: 3,
    scouts: 40,
    shots: [1],
    hidden: [40, 32],
  }),
]);
