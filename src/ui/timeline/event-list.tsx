import { useCallback, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { TraceEvent } from '../../protocol/timeline.ts';
import { useMachine } from '../../store/machine-store.ts';
import { EVENT_SORTS, useTimeline } from '../../store/timeline-store.ts';
import { text } from '../text.ts';
import { eventTitle, kernelName, laneNameIn } from './event-words.ts';
import { timelinePane } from './timeline-pane.ts';

/** Rows of the list at most. */
const ROWS = 50;

/** What the picture shows, as a table: when it is opened, and when it is asked for again. */
export function EventList(props: { readonly view: MachineView }) {
  const { view } = props;
  const machine = useMachine((state) => state.machine);
  const sort = useTimeline((state) => state.sort);
  const [events, setEvents] = useState<readonly TraceEvent[] | null>(null);

  const read = useCallback(async (): Promise<void> => {
    if (!machine) return;
    const { from, to } = timelinePane.view;
    const rows = await machine.traceRows({ from, to, categories: EVENT_SORTS[sort], limit: ROWS });
    setEvents(rows);
  }, [machine, sort]);
  useEffect(() => void read(), [read]);

  return (
    <div className="event-details event-list" data-testid="event-list">
      <Button className="button small" onPress={() => void read()}>
        {text.timeline.table.refresh}
      </Button>
      {events?.length === 0 && <p className="event-note">{text.timeline.table.empty}</p>}
      {events && events.length > 0 && (
        <table>
          <caption>{text.timeline.table.caption(events.length, events.length === ROWS)}</caption>
          <thead>
            <tr>
              <th scope="col">{text.timeline.table.time}</th>
              <th scope="col">{text.timeline.table.core}</th>
              <th scope="col">{text.timeline.table.kernel}</th>
              <th scope="col">{text.timeline.table.event}</th>
            </tr>
          </thead>
          <tbody>
            {events.map(({ record, lane }) => (
              <tr key={String(record.sequence)}>
                <td>{text.timeline.instant(record.time)}</td>
                <td>{laneNameIn(view, lane)}</td>
                <td>{record.instance === null ? '' : kernelName(view, record.instance)}</td>
                <td>
                  <Button
                    className="flow-step"
                    onPress={() => {
                      void timelinePane.select(Number(record.sequence));
                    }}
                  >
                    {eventTitle(view, record)}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
