import type { MachineView } from '../../protocol/machine-view.ts';
import { columnsOf, instanceOf, type ColumnId } from '../../store/core-moves.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { usePage } from '../../store/page-store.ts';
import { useColumnAttributes } from '../board/column.tsx';
import { ShapeMark } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** On a phone: which column is shown, and where a core is dropped whose column is not. */
export function ColumnTabs(props: { readonly view: MachineView; readonly onCreate: () => void }) {
  const { column: shown, showColumn } = usePage();
  const place = useColumnAttributes(props.view, 'new');
  return (
    <nav className="column-tabs" aria-label={text.board.columns}>
      {columnsOf(props.view).map((column) => (
        <Tab
          key={column}
          view={props.view}
          column={column}
          isShown={column === (shown ?? 'free')}
          show={() => showColumn(column)}
        />
      ))}
      <button
        type="button"
        className="tab"
        aria-label={text.board.addKernelLong}
        onClick={props.onCreate}
        {...place}
      >
        +
      </button>
    </nav>
  );
}

function Tab(props: {
  readonly view: MachineView;
  readonly column: ColumnId;
  readonly isShown: boolean;
  readonly show: () => void;
}) {
  const { view, column, isShown, show } = props;
  const attributes = useColumnAttributes(view, column);
  const instance = instanceOf(view, column);
  return (
    <button type="button" className="tab" aria-current={isShown} onClick={show} {...attributes}>
      {column !== 'free' && <ShapeMark shape={kernelLook(column).shape} />}
      {instance?.name ?? text.board.freeTab}
      {instance?.state === 'failed' && (
        <span className="tab-failed" aria-label={text.board.failedTab} role="img">
          !
        </span>
      )}
    </button>
  );
}
