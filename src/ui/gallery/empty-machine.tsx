import index from 'virtual:scenario-index';
import type { PageActions } from '../../store/page-actions.ts';
import { announce } from '../kit/announcer.tsx';
import { scenarioTitle } from '../gallery-text.ts';
import { text } from '../text.ts';
import { ScenarioCard } from './scenario-card.tsx';

/** One of each kind: to be shown, about a fault, and about who manages whom. */
const OFFERED = ['sixty-seconds', 'blast-radius', 'host'];

/** Where the kernels' consoles would be while there is no kernel: columns that are not there yet. */
export function EmptyMachine(props: { readonly actions: PageActions }) {
  const open = (name: string): void => {
    announce(text.gallery.openLong(scenarioTitle(name)));
    void props.actions.open(`scenarios/${name}.yaml`);
  };
  return (
    <section className="empty-machine" aria-label={text.gallery.empty} data-testid="empty-machine">
      <h3>{text.gallery.empty}</h3>
      <p>{text.gallery.emptyNote}</p>
      <ul className="gallery">
        {OFFERED.flatMap((name) => index.filter((scenario) => scenario.name === name)).map((scenario) => (
          <ScenarioCard key={scenario.name} scenario={scenario} onOpen={() => open(scenario.name)} />
        ))}
      </ul>
    </section>
  );
}
