import { useState } from 'react';
import { Button } from 'react-aria-components';
import index from 'virtual:scenario-index';
import type { IndexedScenario } from '../../protocol/scenario-index.ts';
import { runDemonstration } from '../../store/demonstration.ts';
import { fetchScenario } from '../../store/launch.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { usePage } from '../../store/page-store.ts';
import { announce } from '../kit/announcer.tsx';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { scenarioTitle } from '../gallery-text.ts';
import { text } from '../text.ts';
import { PreflightLine } from './preflight-line.tsx';
import { ScenarioCard } from './scenario-card.tsx';
import '../styles/gallery.css';

/** The groups in the order of the catalogue, each with its scenarios. */
const groups = (): { title: string; scenarios: readonly IndexedScenario[] }[] =>
  Object.entries(text.gallery.groups)
    .map(([id, title]) => ({ title, scenarios: index.filter(({ group }) => group === id) }))
    .filter(({ scenarios }) => scenarios.length > 0);

/** Every scenario that comes with the page, each with a sentence and a picture of its partition. */
export function GalleryDialog(props: { readonly actions: PageActions; readonly onClose: () => void }) {
  const { actions, onClose } = props;
  const [failed, setFailed] = useState<string | null>(null);
  const openScenario = (name: string): void => {
    onClose();
    announce(text.gallery.openLong(scenarioTitle(name)));
    void actions.open(`scenarios/${name}.yaml`);
  };
  const demonstrate = async (name: string): Promise<void> => {
    setFailed(null);
    try {
      const scenario = await fetchScenario(`scenarios/${name}.yaml`);
      onClose();
      usePage.getState().setDrawer('demonstration');
      announce(text.gallery.demonstrateLong(scenarioTitle(name)));
      void runDemonstration(scenario, actions);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <ModalDialog title={text.gallery.title} testId="gallery-dialog" isOpen onClose={onClose}>
      <p className="dialog-note">{text.gallery.note}</p>
      {failed !== null && (
        <p role="alert" className="gallery-failed">
          {text.gallery.failed} {failed}
        </p>
      )}
      {groups().map(({ title, scenarios }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <ul className="gallery">
            {scenarios.map((scenario) => (
              <ScenarioCard
                key={scenario.name}
                scenario={scenario}
                onOpen={() => openScenario(scenario.name)}
                onDemonstrate={() => void demonstrate(scenario.name)}
              />
            ))}
          </ul>
        </section>
      ))}
      <PreflightLine />
      <div className="dialog-end">
        <Button className="button" onPress={onClose}>
          {text.gallery.close}
        </Button>
      </div>
    </ModalDialog>
  );
}
