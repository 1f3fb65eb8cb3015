import { useEffect } from 'preact/hooks';
import { Button, Choice, Problem, Slider } from '../controls.js';
import { handLabels } from '../engine/labelling.js';
import { lookForKept, run } from '../engine/pretraining.js';
import { prepareRace, race, startRace, stopRace } from '../engine/racing.js';
import { CloserLook } from '../figures/closer-look.js';
import { LabelDesk } from '../figures/label-desk.js';
import { NeedsEncoder } from '../figures/needs-encoder.js';
import { pairedGain, percent, points, RaceFigure, StandingsTable } from '../figures/race-figure.js';
import { budget, type RaceSettings } from '../method/race.js';
import { rowNoun, type Source, sourceTitle } from '../method/source.js';
import type { ArmName, Standing } from '../method/standing.js';
import type { TableFacts } from '../method/table.js';
import { addressChoice, addressNumber, addressOf } from '../route.js';

const labels = addressNumber('finetune', 'labels', { initial: 20, low: 4, high: 200 });
const draws = addressNumber('finetune', 'draws', { initial: 5, low: 2, high: 20 });
const seed = addressNumber('finetune', 'seed', { initial: 7, low: 0, high: 99 });
const labelsFrom = addressChoice('finetune', 'from', ['column', 'hand'] as const);

export function FinetunePage() {
  useEffect(() => {
    void lookForKept().then(prepareRace);
  }, []);
  return (
    <>
      <section class="lead">
        <h1>A handful of labels, used in every way there is.</h1>
        <p>
          The same few labelled rows train a new network from scratch, a head on your frozen encoder, and the
          encoder itself, with and without guides. Every arm gets the same labels, steps and learning rates;
          the race is run again on other draws of labels, as one draw proves nothing.
        </p>
      </section>
      {race.problem.value && <Problem>{race.problem.value}</Problem>}
      {run.encoder.value ? <Race /> : <NeedsEncoder />}
    </>
  );
}

function Race() {
  const facts = race.table.value;
  const source = run.trainedOn.value;
  if (!facts || !source) return race.problem.value ? null : <p class="quiet">Reading the rows…</p>;
  const byHand = isByHand(facts);
  const isDone = race.state.value === 'done';
  return (
    <>
      <Settings source={source} facts={facts} />
      {byHand && race.state.value !== 'running' && <LabelDesk source={source} table={facts} />}
      {race.standings.value.length > 0 && <Result />}
      {isDone && <CloserLook source={source} table={facts} />}
    </>
  );
}

function isByHand({ classNames }: TableFacts): boolean {
  return classNames.length < 2 || labelsFrom.value === 'hand';
}

function Result() {
  const standings = race.standings.value;
  const settings = race.settings.value;
  return (
    <figure class="card">
      <p class="verdict" role="status">
        {race.state.value === 'done' && settings ? verdict(standings, settings) : ''}
      </p>
      <RaceFigure standings={standings} />
      <StandingsTable standings={standings} />
      <figcaption>
        <p>
          Learning rate ({budget.learningRates.join(', ')}) and steps are chosen per arm by validation rows,
          once for all draws; test rows play no part in it.{' '}
          {settings?.hand
            ? 'The labels given by hand are divided anew in every draw: half to learn from, a quarter to choose by, a quarter to test with. Draws share rows, so the intervals are narrower than new rows would give; and the encoder has seen all of these rows, without labels.'
            : 'Validation rows are labelled, more of them than are trained on: a real project with so few labels would have to choose with less.'}
        </p>
      </figcaption>
    </figure>
  );
}

function Settings({ source, facts }: { source: Source; facts: TableFacts }) {
  const isRunning = race.state.value === 'running';
  const hasColumn = facts.classNames.length >= 2;
  const byHand = isByHand(facts);
  const hand = byHand ? handLabels.value : undefined;
  const begin = () =>
    void startRace({ labels: labels.value, draws: draws.value, seed: seed.value, ...(hand && { hand }) });
  return (
    <section class="card" aria-label="Settings">
      <p>
        Encoder: <strong>{sourceTitle(source)}</strong>. Guides: <GuidesNote />.{' '}
        {!hasColumn && 'These rows have no classes yet: give a handful of them names below.'}
      </p>
      {hasColumn && (
        <Choice
          label="Labels"
          value={labelsFrom}
          options={[
            { value: 'column', label: 'draw a few of those the data come with' },
            { value: 'hand', label: 'give them by hand' },
          ]}
          disabled={isRunning}
        />
      )}
      <div class="controls">
        {!byHand && (
          <Slider
            label={`Labelled ${rowNoun(source).many}`}
            value={labels}
            low={Math.max(4, facts.classNames.length)}
            high={Math.min(200, facts.trainRows)}
            disabled={isRunning}
          />
        )}
        <Slider label="Draws of labels" value={draws} low={2} high={20} disabled={isRunning} />
        <Slider label="Seed" value={seed} low={0} high={99} disabled={isRunning} />
        {isRunning ? (
          <Button onClick={stopRace}>Stop</Button>
        ) : (
          <Button kind="main" disabled={byHand && !hand} onClick={begin}>
            Start the race
          </Button>
        )}
      </div>
      {isRunning && (
        <progress value={race.done.value} max={Math.max(1, race.total.value)} aria-label="Runs finished" />
      )}
      <p class="quiet" data-race={race.state.value} aria-hidden="true">
        {race.total.value > 0 && `${race.done.value} of ${race.total.value} runs`}
      </p>
    </section>
  );
}

function GuidesNote() {
  if (race.hasGuides.value) return <>yours take part, and the same values shuffled</>;
  return (
    <>
      none yet (<a href={addressOf('guides')}>send scouts</a> to let them take part)
    </>
  );
}

const subjects: Partial<Record<ArmName, string>> = {
  frozen: 'the frozen encoder under a new head',
  finetune: 'the fine-tuned encoder',
  guided: 'the encoder fine-tuned with guides',
};

/** The arm from the encoder that validation rows like best, against scratch, with its interval. */
function verdict(standings: readonly Standing[], settings: RaceSettings): string {
  const scratch = standings.find(({ name }) => name === 'scratch');
  const warm = standings.filter(({ name }) => name === 'frozen' || name === 'finetune' || name === 'guided');
  const best = [...warm].sort((a, b) => b.validation - a.validation)[0];
  if (!scratch || !best) return '';
  const { mean, low, high } = pairedGain(best, scratch);
  const start = `With ${settings.hand?.rows.length ?? settings.labels} labels${settings.hand ? ' given by hand' : ''} ${subjects[best.name]} is right on ${percent(best.accuracy.mean)} of test rows, a network from scratch on ${percent(scratch.accuracy.mean)}.`;
  const interval = `${points(mean)} points, 95 % interval ${points(low)} to ${points(high)}`;
  const guided = aboutGuides(standings);
  if (low > 0) return `${start} The gain holds over draws: ${interval}. ${guided}`;
  if (high < 0) return `${start} Pre-training does harm here: ${interval}. ${guided}`;
  return `${start} No difference is established: ${interval}. ${guided}`;
}

/** Whether guides carry information: they must beat themselves in shuffled places. */
function aboutGuides(standings: readonly Standing[]): string {
  const guided = standings.find(({ name }) => name === 'guided');
  const shuffled = standings.find(({ name }) => name === 'shuffled');
  if (!guided || !shuffled) return '';
  const { mean, low, high } = pairedGain(guided, shuffled);
  if (low === 0 && high === 0) return 'Guides and their shuffled selves do exactly as well here.';
  const interval = `${points(mean)} points, ${points(low)} to ${points(high)}`;
  if (low > 0) return `Guides beat their shuffled selves: ${interval}.`;
  if (high < 0) return `Guides do worse than their shuffled selves: ${interval}.`;
  return `Guides do not beat their shuffled selves here: ${interval}.`;
}
