import type { MachineView } from '../../protocol/machine-view.ts';
import { useMachine } from '../../store/machine-store.ts';
import { text } from '../text.ts';

/** What went wrong with the machine itself, and what to do. Guests' troubles are shown in their columns. */
export function Banners(props: { readonly view: MachineView | null }) {
  const trouble = useMachine((state) => state.trouble);
  const lost = props.view?.harts.filter((hart) => hart.lost).map((hart) => text.core.name(hart.id)) ?? [];
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
          <p>{text.lostCores(lost.join(', '))}</p>
        </div>
      )}
    </div>
  );
}
