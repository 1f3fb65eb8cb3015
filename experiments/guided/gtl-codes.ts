import { seededRandom } from '@warmstart/random';
import { classificationStudy } from './classification.js';
import { codes } from './labelled-rows.js';
import { experiment } from './published.js';

/** E6: random 25-bit codes, the published proof of concept, but scored on rows and classes it never saw. */
export const run = experiment('gtl-codes', { seeds: 5, validationTasks: 2, testTasks: 10 }, () =>
  [15, 60, 120].map((scouts) =>
    classificationStudy({
      name: `${scouts} scouts, `,
      rows: (seed) => {
        const rows = codes(20, 60, seededRandom(seed, 'codes'));
        return { seen: rows, scouted: rows, tasks: rows };
      },
      classes: 20,
      baseClasses: 10,
      way: 4,
      scoutWay: 4,
      scouts,
      shots: [5],
      hidden: [40, 40],
    }),
  ),
);
