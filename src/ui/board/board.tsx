import { useRef } from 'react';
import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { PlusIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';
import { CoachMark } from './coach-mark.tsx';
import { DropHint, FreeColumn, KernelColumn, useColumnAttributes } from './column.tsx';
import { Wires } from './wires.tsx';

/** The upper half of the columns: free cores, each kernel's header and cores, and the wires over them. */
export function Board(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  readonly onCreate: () => void;
}) {
  const { view, machine } = props;
  const place = useColumnAttributes(view, 'new');
  const board = useRef<HTMLDivElement>(null);
  return (
    <div className="board columns" ref={board}>
      <FreeColumn view={view} coach={<CoachMark view={view} />} />
      {view.instances.map((instance) => (
        <KernelColumn key={instance.id} view={view} instance={instance} machine={machine} />
      ))}
      <Button
        className="ghost-column"
        aria-label={text.board.addKernelLong}
        onPress={props.onCreate}
        {...place}
      >
        <PlusIcon />
        <span>{text.board.addKernel}</span>
        <DropHint column="new" />
      </Button>
      <Wires view={view} board={board} />
    </div>
  );
}
