import { classificationStudy } from './classification.js';
import { digits } from './labelled-rows.js';
import { experiment } from './published.js';

/** E2: pre-train on 7 handwritten digits, scout all 35 triples of them, learn the other 3 from a few examples. */
export const run = experiment('gtl-digits', { seeds: 5, validationTasks: 5, testTasks: 30 }, () => {
  const rows = digits();
  return [
    classificationStudy({
      name: '',
      rows: () => ({ seen: rows, scouted: rows, tasks: rows }),
      classes: 10,
      baseClasses: 7,
      way: 3,
      scoutWay: 3,
      scouts: 35,
      shots: [1, 5],
      hidden: [32, 24],
    }),
  ];
});
