import { Choice } from '../controls.js';
import { race, raceClasses } from '../engine/racing.js';
import type { Source } from '../method/source.js';
import { armNames, type Standing } from '../method/standing.js';
import type { TableFacts } from '../method/table.js';
import { addressChoice } from '../route.js';
import { ConfusionMatrix } from './confusion-matrix.js';
import { PredictCard } from './predict-card.js';
import { armTitles } from './race-figure.js';
import { TakeClassifier } from './take-classifier.js';

const chosen = addressChoice('finetune', 'arm', ['best', ...armNames]);

/** One arm of a finished race: what it takes for what, new rows, and everything to take away. */
export function CloserLook({ source, table }: { source: Source; table: TableFacts }) {
  const standings = race.standings.value;
  const best = bestByValidation(standings);
  const standing = standings.find(({ name }) => name === chosen.value) ?? best;
  if (!standing || !best) return null;
  const options = [
    { value: 'best' as const, label: `best by validation (${armTitles[best.name]})` },
    ...standings.map(({ name }) => ({ value: name, label: armTitles[name] })),
  ];
  return (
    <>
      <section class="card" aria-label="Confusion matrix">
        <h2>What is taken for what</h2>
        <Choice label="Arm to look at, to try out and to take with you" value={chosen} options={options} />
        <p class="quiet small">
          What test rows of each class are taken for, in percent of the class, all draws together.
        </p>
        <ConfusionMatrix
          counts={standing.confusion}
          classNames={raceClasses.value}
          title={armTitles[standing.name]}
        />
      </section>
      <PredictCard key={standing.name} source={source} table={table} standing={standing} />
      <TakeClassifier source={source} standing={standing} />
    </>
  );
}

/** Of equals the first, which is the simpler one. */
function bestByValidation(standings: readonly Standing[]): Standing | undefined {
  return [...standings].sort((a, b) => b.validation - a.validation)[0];
}
