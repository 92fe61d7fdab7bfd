import type { MachineView } from '../../protocol/machine-view.ts';
import { columnsOf } from '../../store/core-moves.ts';
import { kernelLook } from '../../store/kernel-look.ts';
import { usePage } from '../../store/page-store.ts';
import { placeName } from '../board/carry-store.ts';
import { ShapeMark } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** On a phone: which column is shown. */
export function ColumnTabs(props: { readonly view: MachineView; readonly onCreate: () => void }) {
  const { column: shown, showColumn } = usePage();
  return (
    <nav className="column-tabs" aria-label={text.board.columns}>
      {columnsOf(props.view).map((column) => (
        <button
          key={column}
          type="button"
          className="tab"
          data-hue={column === 'free' ? 'pool' : kernelLook(column).hue}
          aria-current={column === (shown ?? 'free')}
          onClick={() => showColumn(column)}
        >
          {column !== 'free' && <ShapeMark shape={kernelLook(column).shape} />}
          {column === 'free' ? text.board.freeTab : placeName(column)}
        </button>
      ))}
      <button type="button" className="tab" aria-label={text.board.addKernelLong} onClick={props.onCreate}>
        +
      </button>
    </nav>
  );
}
