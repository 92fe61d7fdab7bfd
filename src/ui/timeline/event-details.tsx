import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import { EVENT_CATEGORIES, type TraceFlow } from '../../protocol/timeline.ts';
import { useTimeline } from '../../store/timeline-store.ts';
import { text } from '../text.ts';
import { eventTitle, eventWords, kernelName, laneNameIn } from './event-words.ts';
import { openStations } from '../stations/stations-actions.ts';
import { markPath } from './event-marks.ts';
import { timelinePane } from './timeline-pane.ts';

/** The selected event with its words, and the message it belongs to with its steps. */
export function EventDetails(props: { readonly view: MachineView }) {
  const { view } = props;
  const selected = useTimeline((state) => state.selected);
  const lastPin = useTimeline((state) => state.pins.at(-1));
  const { words } = text.timeline;
  return (
    <div
      className="event-details"
      role="region"
      aria-label={text.timeline.details}
      data-testid="event-details"
    >
      {selected ? (
        <>
          <h3 data-testid="event-title">{eventTitle(view, selected.record)}</h3>
          <dl>
            <Word term={words.time} value={text.timeline.instant(selected.record.time)} testId="event-time" />
            <Word term={words.core} value={laneNameIn(view, selected.lane)} />
            {selected.record.instance !== null && (
              <Word term={words.kernel} value={kernelName(view, selected.record.instance)} />
            )}
            {eventWords(view, selected.record).map(([term, value]) => (
              <Word key={term} term={term} value={value} />
            ))}
            <Word term={words.number} value={String(selected.record.sequence)} testId="event-number" />
          </dl>
          {lastPin && lastPin.record.sequence !== selected.record.sequence && (
            <p className="event-note">{text.timeline.between(selected.record.time - lastPin.record.time)}</p>
          )}
          {selected.flow && (
            <Flow view={view} flow={selected.flow} current={Number(selected.record.sequence)} />
          )}
        </>
      ) : (
        <>
          <p className="event-note">{text.timeline.none}</p>
          <ul className="mark-legend">
            {EVENT_CATEGORIES.map((category) => (
              <li key={category}>
                <svg className="icon" viewBox="-1.3 -1.3 2.6 2.6" width="13" height="13" aria-hidden="true">
                  <path d={markPath(category)} strokeWidth="0.3" />
                </svg>
                {text.timeline.categories[category]}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Word(props: { readonly term: string; readonly value: string; readonly testId?: string }) {
  return (
    <div>
      <dt>{props.term}</dt>
      <dd data-testid={props.testId}>{props.value}</dd>
    </div>
  );
}

function Flow(props: { readonly view: MachineView; readonly flow: TraceFlow; readonly current: number }) {
  const { view, flow, current } = props;
  const words = text.timeline.flow;
  const name = (instance: number | null): string =>
    instance === null ? text.timeline.controller : kernelName(view, instance);
  const start = flow.moments[0]?.time ?? 0;
  const taken = flow.moments.some(({ step }) => step === 'drain');
  return (
    <>
      <h4>{words.title}</h4>
      <p className="event-note">
        {words.fromTo(name(flow.from), flow.to === null && !taken ? words.unknown : name(flow.to))}
      </p>
      <ol className="flow-steps" data-testid="flow-steps">
        {flow.moments.map(({ step, sequence, time, lane }, index) => (
          <li key={`${step}-${sequence}`}>
            <Button
              className="flow-step"
              aria-current={sequence === current ? 'step' : false}
              onPress={() => void timelinePane.select(sequence)}
            >
              <span className="flow-number" aria-hidden="true">
                {index + 1}
              </span>
              {words.step(
                words.steps[step],
                laneNameIn(view, lane),
                index === 0 ? words.first : words.after(time - start),
              )}
            </Button>
          </li>
        ))}
      </ol>
      <Button
        className="button small flow-walk"
        onPress={() =>
          void openStations({ way: 'of', sequence: flow.moments[0]?.sequence ?? null, between: null })
        }
      >
        {words.walk}
      </Button>
      {!taken && <p className="event-note">{words.notTaken}</p>}
    </>
  );
}
