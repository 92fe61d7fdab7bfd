import type { ReactNode } from 'react';
import type { InstanceView, MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { forecastDrop, type DropPlace } from '../../store/carried.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { usePage } from '../../store/page-store.ts';
import { text } from '../text.ts';
import { refusalForecast, useCarry } from './carry-store.ts';
import { ColumnHeader } from './column-header.tsx';
import { DeviceChips } from './device-chips.tsx';
import { CoreTile } from './core-tile.tsx';

/** Attributes of both halves of a column (board above, console below) and of its tab on a phone: where what is carried may be dropped, and its colour. */
export function useColumnAttributes(view: MachineView, column: DropPlace) {
  const thing = useCarry((state) => state.thing);
  const over = useCarry((state) => state.thing !== null && state.over === column);
  const shown = usePage((state) => (state.column ?? 'free') === column);
  return {
    'data-column': String(column),
    'data-hue': typeof column === 'string' ? 'pool' : kernelLook(column).hue,
    'data-drop': thing === null ? undefined : forecastDrop(view, thing, column).kind,
    'data-over': over || undefined,
    'data-shown': shown || undefined,
  };
}

export function DropHint(props: { readonly column: DropPlace }) {
  const thing = useCarry((state) => state.thing);
  if (thing === null) return null;
  return (
    <p className="drop-hint">
      {refusalForecast(thing, props.column) ?? (props.column === 'new' ? text.move.makes : text.move.legal)}
    </p>
  );
}

function Tiles(props: { readonly children: ReactNode; readonly label: string }) {
  return (
    <ul className="core-tiles" aria-label={props.label}>
      {props.children}
    </ul>
  );
}

export function FreeColumn(props: { readonly view: MachineView; readonly coach: ReactNode }) {
  const { view } = props;
  const attributes = useColumnAttributes(view, 'free');
  const free = view.harts.filter((hart) => hart.owner === null);
  return (
    <section className="column" aria-label={text.board.freeCores} data-testid="column-free" {...attributes}>
      <header className="column-head">
        <div className="column-title">
          <h2>{text.board.freeCores}</h2>
          <span className="state-word">{text.board.pool}</span>
        </div>
        <div className="pool-rest">
          <p className="pool-memory">{text.board.freeMemory(Math.floor(view.freeMemory / 0x10_0000))}</p>
          <DeviceChips view={view} column="free" />
        </div>
      </header>
      <Tiles label={text.board.freeCores}>
        {free.map((hart) => (
          <CoreTile key={hart.id} core={hart.id} place={text.core.inFree} boot={false} />
        ))}
      </Tiles>
      {free.length === 0 && <p className="column-note">{text.board.noFreeCores}</p>}
      {props.coach}
      <DropHint column="free" />
    </section>
  );
}

export function KernelColumn(props: {
  readonly view: MachineView;
  readonly instance: InstanceView;
  readonly machine: ConnectedMachine;
}) {
  const { view, instance, machine } = props;
  const attributes = useColumnAttributes(view, instance.id);
  const harts = view.harts.filter((hart) => hart.owner === instance.id);
  return (
    <section
      className="column"
      aria-label={instance.name}
      data-testid={`column-${instance.name}`}
      {...attributes}
    >
      <ColumnHeader instance={instance} machine={machine} />
      <DeviceChips view={view} column={instance.id} />
      <Tiles label={instance.name}>
        {harts.map((hart) => (
          <CoreTile
            key={hart.id}
            core={hart.id}
            place={text.core.inKernel(instance.name)}
            boot={hart.id === instance.bootHart}
          />
        ))}
      </Tiles>
      {harts.length === 0 && <p className="column-note">{text.board.noCores}</p>}
      <DropHint column={instance.id} />
    </section>
  );
}
