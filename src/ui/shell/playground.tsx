/**
 * What there is to see of a machine: its board, its consoles, the timeline, and the drawer beside them. Loaded when the
 * first kernel runs (app.tsx), so that what a kernel needs to boot comes first.
 */
import { lazy, Suspense, useCallback, useEffect, useRef, useState, type CSSProperties } from 'react';
import { Group, Panel, Separator } from 'react-resizable-panels';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import type { MachineView } from '../../protocol/machine-view.ts';
import { instanceOf } from '../../store/core-moves.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { usePage } from '../../store/page-store.ts';
import { useStations } from '../../store/stations-store.ts';
import { timelineOfPause, useTimeline } from '../../store/timeline-store.ts';
import { Board } from '../board/board.tsx';
import { useMaking } from '../board/carry-store.ts';
import { CarriedGhost } from '../board/carried-ghost.tsx';
import { RefusalNote } from '../board/refusal-note.tsx';
import { ConsolePane } from '../console/console-pane.tsx';
import { KerfPane } from '../console/kerf-pane.tsx';
import { PHONE, useMedia } from '../kit/use-media.ts';
import { useStationKeys } from '../stations/use-station-keys.ts';
import { text } from '../text.ts';
import { OwnershipStrip } from '../timeline/ownership-strip.tsx';
import { TimelinePanel } from '../timeline/timeline-panel.tsx';
import { ColumnTabs } from './column-tabs.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { WithDrawer } from './drawer.tsx';
import { KernelDialogs } from './kernel-dialogs.tsx';
import { MoreColumns } from './more-columns.tsx';

const EmptyMachine = lazy(() =>
  import('../gallery/empty-machine.tsx').then((module) => ({ default: module.EmptyMachine })),
);
const StationsPanel = lazy(() =>
  import('../stations/stations-panel.tsx').then((module) => ({ default: module.StationsPanel })),
);

interface Shown {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly actions: PageActions;
}

export function Playground(props: Shown) {
  return (
    <>
      <WithDrawer {...props}>
        <Layers {...props} />
      </WithDrawer>
      <RefusalNote />
      <CarriedGhost />
    </>
  );
}

/** The library lets each panel scroll. Here only the machine does, so that a column can stay at its edge in both. */
const CLIPPED: CSSProperties = { overflow: 'clip' };

/** The machine, and over the strip that it opens from the timeline, or the message that is walked in its place. */
function Layers(props: Shown) {
  const { view } = props;
  const phone = useMedia(PHONE);
  const open = useTimeline((state) => state.open);
  const walking = useStations((state) => state.message !== null);
  const paused = view.run === 'paused';
  useStationKeys(view);
  // A phone has no room for both: there the timeline comes only when it is asked for.
  useEffect(() => {
    if (!phone) timelineOfPause(paused);
  }, [paused, phone]);
  return (
    <>
      <Group orientation="vertical" className="layers">
        <Panel id="machine" minSize="200px">
          <div className="layer">
            <Machine {...props} />
          </div>
        </Panel>
        {(open || walking) && (
          <>
            <Separator className="divider" aria-label={text.timeline.divider} />
            <Panel
              id="timeline-panel"
              minSize="130px"
              defaultSize={phone ? '58%' : '38%'}
              groupResizeBehavior="preserve-pixel-size"
            >
              {walking ? (
                <Suspense>
                  <StationsPanel view={view} />
                </Suspense>
              ) : (
                <TimelinePanel view={view} />
              )}
            </Panel>
          </>
        )}
      </Group>
      <OwnershipStrip view={view} />
    </>
  );
}

/**
 * Both panels have the same columns: the operator's, one a kernel, and the one that is not there yet, which has the room
 * to itself while there is no kernel. A column is never so narrow that a guest's lines would not fit (terminal-look.ts);
 * the machine scrolls sideways instead, under the operator's column, which stays. From three kernels on, and beside the
 * drawer, what is not theirs is narrower: three fit into 1280 CSS pixels, or two and the drawer, with the place for the
 * next one.
 */
function columnWidths(kernels: number, drawer: boolean): CSSProperties {
  const crowded = kernels > 2 || drawer;
  const ghost = kernels === 0 ? 'minmax(64px, 2.4fr)' : crowded ? '48px' : '64px';
  const kernel = drawer ? 326 : 342;
  return {
    '--columns': `minmax(${crowded ? 200 : 230}px, 0.72fr) ${'minmax(0, 1.2fr) '.repeat(kernels)} ${ghost}`,
    '--least-width': `${(crowded ? 248 : 300) + kernels * kernel}px`,
  };
}

function Machine(props: Shown) {
  const { view, machine } = props;
  const phone = useMedia(PHONE);
  const scroller = useRef<HTMLElement>(null);
  const [asked, setAsked] = useState(false);
  const dropped = useMaking((state) => state.core);
  const { column, drawer, showColumn } = usePage();
  const create = useCallback(() => setAsked(true), []);

  // The one column that a phone shows: the first kernel until somebody chooses, and always one that is there.
  useEffect(() => {
    const first = view.instances[0]?.id ?? 'free';
    if (column === null ? first !== 'free' : column !== 'free' && !instanceOf(view, column))
      showColumn(first);
  }, [view, column, showColumn]);

  return (
    <main className="machine" style={columnWidths(view.instances.length, drawer !== 'closed')} ref={scroller}>
      {phone && <ColumnTabs view={view} onCreate={create} />}
      <Group orientation="vertical" className="panels" style={CLIPPED}>
        <Panel
          id="board"
          minSize="190px"
          defaultSize={phone ? '250px' : '236px'}
          groupResizeBehavior="preserve-pixel-size"
          style={CLIPPED}
        >
          <section className="panel" aria-label={text.board.label}>
            <Board view={view} machine={machine} onCreate={create} />
          </section>
        </Panel>
        <Separator className="divider" aria-label={text.board.divider} />
        <Panel id="consoles" minSize="140px" style={CLIPPED}>
          <section className="panel" aria-label={text.board.consoles}>
            <div className="consoles columns">
              <KerfPane view={view} machine={machine} />
              {view.instances.map((instance) => (
                <ConsolePane
                  key={`${machine.serial}-${instance.id}-${instance.name}`}
                  view={view}
                  instance={instance}
                  machine={machine}
                />
              ))}
              {view.instances.length === 0 && (
                <Suspense>
                  <EmptyMachine actions={props.actions} />
                </Suspense>
              )}
            </div>
          </section>
        </Panel>
      </Group>
      <MoreColumns scroller={scroller} kernels={view.instances.length} />
      <CreateDialog
        view={view}
        machine={machine}
        isOpen={asked || dropped !== null}
        core={dropped}
        onClose={() => {
          setAsked(false);
          useMaking.setState({ core: null });
        }}
      />
      <KernelDialogs machine={machine} />
    </main>
  );
}
