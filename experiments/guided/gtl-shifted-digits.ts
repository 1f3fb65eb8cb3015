import { classificationStudy } from './classification.js';
import { digits, shifted } from './labelled-rows.js';
import { experiment } from './published.js';

/** E4: as E2, but the new digits are negatives, moved and blurred; scouts saw that, or did not. */
export const run = experiment('gtl-shifted-digits', { seeds: 5, validationTasks: 2, testTasks: 20 }, () => {
  const rows = digits();
  const changed = shifted(rows);
  return [true, false].map((isSeen) =>
    classificationStudy({
      name: isSeen ? 'scouts saw the shift, ' : 'scouts did not, ',
      rows: () => ({ seen: rows, scouted: isSeen ? changed : rows, tasks: changed }),
      classes: 10,
      baseClasses: 7,
      way: 3,
      scoutWay: 3,
      scouts: 35,
      shots: [5],
      hidden: [32, 24],
    }),
  );
});
