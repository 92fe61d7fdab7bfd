import type { MachineView } from '../../protocol/machine-view.ts';
import { useMachine } from '../../store/machine-store.ts';
import { text } from '../text.ts';

/** What went wrong with the machine itself, and what to do. Guests' troubles are shown in their columns. */
export function Banners(props: { readonly view: MachineView | null }) {
  const trouble = useMachine((state) => state.trouble);
  const harts = props.view?.harts ?? [];
  const names = (some: typeof harts): string => some.map((hart) => text.core.name(hart.id)).join(', ');
  const lost = harts.filter((hart) => hart.lost && hart.noWorker === undefined);
  const workerless = harts.filter((hart) => hart.noWorker !== undefined);
  return (
    <div className="banners" role="alert">
      {trouble && (
        <div className="banner">
          <p>
            <strong>{text.trouble[trouble.kind].title}</strong> {text.trouble[trouble.kind].what}
          </p>
          {'detail' in trouble && <p className="banner-detail">{trouble.detail}</p>}
        </div>
      )}
      {lost.length > 0 && (
        <div className="banner">
          <p>{text.lostCores(names(lost))}</p>
        </div>
      )}
      {workerless.length > 0 && (
        <div className="banner">
          <p>{text.workerlessCores(names(workerless))}</p>
          <p className="banner-detail">{workerless[0]?.noWorker}</p>
        </div>
      )}
    </div>
  );
}
