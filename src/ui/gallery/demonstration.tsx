import { useEffect, useRef } from 'react';
import { Button } from 'react-aria-components';
import {
  cancelDemonstration,
  measurementRows,
  runDemonstration,
  useDemonstration,
  type Demonstration,
} from '../../store/demonstration.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { scenarioTitle } from '../gallery-text.ts';
import { text } from '../text.ts';
import '../styles/gallery.css';

/** The demonstration that runs or ran last: how far it is, what it measured, and its steps. */
export function DemonstrationView(props: { readonly actions: PageActions }) {
  const shown = useDemonstration((state) => state.shown);
  if (shown === null) return <p className="drawer-note">{text.gallery.none}</p>;
  const { scenario, steps, reports, round, state } = shown;
  return (
    <div className="demonstration" data-testid="demonstration" data-state={state}>
      <h3>{scenarioTitle(scenario.name)}</h3>
      <p className="demonstration-about">{scenario.description}</p>
      <div className="demonstration-head">
        <p role="status">
          {stateWords(shown)}
          {round !== null && (
            <span className="demonstration-round"> {text.gallery.round(round.round, round.times)}</span>
          )}
        </p>
        {state === 'running' ? (
          <Button className="button small" onPress={cancelDemonstration}>
            {text.gallery.cancel}
          </Button>
        ) : (
          <Button className="button small" onPress={() => void runDemonstration(scenario, props.actions)}>
            {text.gallery.again}
          </Button>
        )}
      </div>
      <progress aria-label={text.gallery.progress} max={steps.length} value={reports.length} />
      <Measurements measurements={shown.measurements} />
      <Steps shown={shown} />
    </div>
  );
}

function stateWords({ state, steps, reports }: Demonstration): string {
  const words = text.gallery.state;
  if (state === 'running') return words.running(reports.length, steps.length);
  return state === 'held' ? words.held(steps.length) : words[state];
}

function Measurements(props: { readonly measurements: Demonstration['measurements'] }) {
  const rows = measurementRows(props.measurements);
  if (rows.length === 0) return null;
  return (
    <table className="measurements">
      <caption>{text.gallery.measurements}</caption>
      <thead>
        <tr>
          <th scope="col">{text.gallery.measurement}</th>
          <th scope="col">{text.gallery.value}</th>
          <th scope="col">{text.gallery.control}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, value, control, notJudged }) => (
          <tr key={name}>
            <th scope="row">
              {name.replaceAll('-', ' ')}
              {notJudged !== null && <span className="not-judged">{text.gallery.notJudged(notJudged)}</span>}
            </th>
            <td>{value}</td>
            <td>{control}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Steps(props: { readonly shown: Demonstration }) {
  const { steps, reports, state } = props.shown;
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current
      ?.querySelector('[data-outcome="now"], [data-outcome="failed"]')
      ?.scrollIntoView({ block: 'nearest' });
  }, [reports.length]);
  return (
    <>
      <h4>{text.gallery.steps}</h4>
      <ol className="demonstration-steps" ref={list}>
        {steps.map((step, index) => {
          const report = reports[index];
          const now = state === 'running' && index === reports.length;
          return (
            // Steps have no names, and their list does not change while it is shown.
            <li
              key={index}
              data-outcome={report?.outcome ?? (now ? 'now' : 'later')}
              aria-current={now ? 'step' : undefined}
            >
              <span>{step}</span>
              {report && <span className="visually-hidden"> {text.gallery.outcome[report.outcome]}</span>}
              {report && report.detail !== '' && report.outcome !== 'held' && <pre>{report.detail}</pre>}
            </li>
          );
        })}
      </ol>
    </>
  );
}
