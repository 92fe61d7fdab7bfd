import { Button, Menu, MenuItem, MenuTrigger, Popover, ToggleButton } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import { closeTimeline, EVENT_SORTS, useTimeline, type EventSort } from '../../store/timeline-store.ts';
import { ChevronIcon, CloseIcon, PlusIcon } from '../kit/icons.tsx';
import { LiveText } from '../kit/live-text.tsx';
import { text } from '../text.ts';
import { EventDetails } from './event-details.tsx';
import { EventList } from './event-list.tsx';
import { TimelineCanvas } from './timeline-canvas.tsx';
import type { TimelineAction } from './timeline-keys.ts';
import { timelinePane } from './timeline-pane.ts';
import { spanOf } from './timeline-view.ts';

const SORTS = Object.keys(EVENT_SORTS) as EventSort[];

/** The timeline: its controls, its picture, and what is known of the selected event. */
export function TimelinePanel(props: { readonly view: MachineView }) {
  const { view } = props;
  const list = useTimeline((state) => state.list);
  return (
    <section className="timeline" aria-label={text.timeline.label} data-testid="timeline">
      <Toolbar view={view} />
      <div className="timeline-body">
        <TimelineCanvas />
        {list ? <EventList view={view} /> : <EventDetails view={view} />}
      </div>
    </section>
  );
}

function Act(props: {
  readonly action: TimelineAction;
  readonly label: string;
  readonly keys: string;
  readonly children: React.ReactNode;
  readonly disabled?: boolean;
}) {
  return (
    <Button
      className="icon-button"
      aria-label={props.label}
      aria-keyshortcuts={props.keys}
      isDisabled={props.disabled ?? false}
      onPress={() => timelinePane.do(props.action)}
    >
      {props.children}
    </Button>
  );
}

function Toolbar(props: { readonly view: MachineView }) {
  const paused = props.view.run === 'paused';
  const following = useTimeline((state) => state.following);
  const list = useTimeline((state) => state.list);
  const selected = useTimeline((state) => state.selected);
  const pinned = useTimeline((state) =>
    state.pins.some((pin) => pin.record.sequence === state.selected?.record.sequence),
  );
  return (
    <div className="timeline-bar">
      <h2>{text.timeline.title}</h2>
      <ToggleButton
        className="button small"
        isSelected={following}
        aria-keyshortcuts="L"
        data-testid="timeline-live"
        onChange={(on) => useTimeline.setState({ following: on, byPause: false })}
      >
        {text.timeline.live}
      </ToggleButton>
      <Act action="zoom-out" label={text.timeline.zoomOut} keys="S">
        <span aria-hidden="true">−</span>
      </Act>
      <Act action="zoom-in" label={text.timeline.zoomIn} keys="W">
        <PlusIcon />
      </Act>
      <SortMenu />
      <Act action="previous" label={text.timeline.previous} keys=",">
        <span aria-hidden="true">‹</span>
      </Act>
      <Act action="next" label={text.timeline.next} keys=".">
        <span aria-hidden="true">›</span>
      </Act>
      <Act
        action="pin"
        label={pinned ? text.timeline.unpin : text.timeline.pin}
        keys="M"
        disabled={selected === null}
      >
        <PinIcon filled={pinned} />
      </Act>
      <ToggleButton
        className="button small"
        isSelected={list}
        aria-label={text.timeline.listHint}
        data-testid="timeline-list"
        onChange={(on) => useTimeline.setState({ list: on, byPause: false })}
      >
        {text.timeline.list}
      </ToggleButton>
      <p className="timeline-shows">
        <LiveText read={shows} testId="timeline-shows" />
        <LiveText read={() => state(following, paused)} />
        <LiveText read={totals} testId="timeline-totals" />
      </p>
      <Button
        className="icon-button timeline-close"
        aria-label={text.timeline.close}
        aria-keyshortcuts="T"
        onPress={closeTimeline}
      >
        <CloseIcon />
      </Button>
    </div>
  );
}

const PinIcon = (props: { readonly filled: boolean }) => (
  <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d="M4.5 2.5h7v11l-3.5-3-3.5 3z" fill={props.filled ? 'currentColor' : 'none'} />
  </svg>
);

/** A menu and not a select, which would take letters that are keys of the timeline. */
function SortMenu() {
  const sort = useTimeline((state) => state.sort);
  return (
    <MenuTrigger>
      <Button
        className="button small timeline-sort"
        aria-label={`${text.timeline.sort}: ${text.timeline.sorts[sort]}`}
        data-testid="timeline-sort"
      >
        {text.timeline.sorts[sort]}
        <ChevronIcon />
      </Button>
      <Popover className="popover" placement="top start">
        <Menu
          className="menu"
          aria-label={text.timeline.sort}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[sort]}
          onAction={(key) => {
            const chosen = SORTS.find((other) => other === key);
            if (chosen) useTimeline.setState({ sort: chosen, byPause: false });
          }}
        >
          {SORTS.map((other) => (
            <MenuItem key={other} id={other} className="menu-item">
              {text.timeline.sorts[other]}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

const shows = (): string => text.timeline.shows(spanOf(timelinePane.view));

function state(following: boolean, paused: boolean): string {
  if (paused) return text.timeline.paused;
  return following ? text.timeline.behind(timelinePane.behind) : '';
}

/** How much the view has, to a column, and why it is not shown singly if it is not. */
function totals(): string {
  const { feed, view } = timelinePane;
  const { window } = feed;
  if (!window) return '';
  const { columns, lanes, counts, messages } = window;
  const column = (time: number): number => (time - window.from) / window.columnTicks;
  const first = Math.max(0, Math.floor(column(view.from)));
  const end = Math.min(columns, Math.ceil(column(view.to)));
  let events = 0;
  for (let lane = 0; lane < lanes; lane++)
    for (let at = first; at < end; at++) events += counts[lane * columns + at] ?? 0;
  let published = 0;
  for (let at = first; at < end; at++) published += messages[at] ?? 0;
  const words = text.timeline.totals(events, published);
  if (window.events) return words;
  return `${words}, ${view.from < window.eventsSince ? text.timeline.countsKept : text.timeline.countsOnly}`;
}
