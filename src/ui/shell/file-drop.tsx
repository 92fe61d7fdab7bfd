import { lazy, Suspense, useEffect, useState } from 'react';
import { ok, refuse, type Refusal, type Result } from '../../base/result.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { isMeantAsImage, offerImage, type ImageOffer } from '../../store/image-offer.ts';
import { useMachine } from '../../store/machine-store.ts';
import { usePage } from '../../store/page-store.ts';
import { imageText } from '../image-text.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';

const FileRefused = lazy(() =>
  import('./file-refused.tsx').then((module) => ({ default: module.FileRefused })),
);

/** Whether files of the computer are dragged; cores and devices are carried by pointer events. */
const bringsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

/** A scenario, or null: it was an image, which is offered. What reads scenarios is loaded when there is one. */
async function readDropped(files: readonly File[], place: Place): Promise<Result<Scenario | null>> {
  const [file] = files;
  if (file === undefined || files.length > 1)
    return refuse('not-one-file', text.share.notOneFile(files.length), text.share.notOneFileHint);
  // Before there is a machine there is no kernel to boot it in.
  if (useMachine.getState().view !== null && (await isMeantAsImage(file))) {
    offerImage(file, place.column);
    return ok(null);
  }
  const { readScenarioFile } = await import('../../store/share-machine.ts');
  return readScenarioFile(file);
}

/** A lesson by its name; what goes on with it is told in the drawer. False: it is none. */
async function openDroppedLesson(files: readonly File[], open: PageActions['open']): Promise<boolean> {
  const [file] = files;
  if (file === undefined || files.length > 1 || !/\.(md|markdown)$/i.test(file.name)) return false;
  const { openLessonFile } = await import('../../store/lesson-player.ts');
  usePage.getState().setDrawer('lesson');
  await openLessonFile(file, { open });
  return true;
}

/** Where on the page something is dragged: which kernel would boot an image there. */
interface Place {
  readonly column: ImageOffer['column'];
  /** Its name; null: one that is made. */
  readonly name: string | null;
  /** In CSS pixels of the viewport; null: no column. */
  readonly box: Pick<DOMRect, 'left' | 'top' | 'width' | 'height'> | null;
}

const NOWHERE: Place = { column: 'new', name: null, box: null };

/** Both halves of a column are its kernel's; everywhere else a kernel is made. */
function placeAt(target: EventTarget | null): Place {
  const half = target instanceof Element ? target.closest('[data-column]') : null;
  const column = half?.getAttribute('data-column') ?? 'free';
  const instance = useMachine.getState().view?.instances.find(({ id }) => String(id) === column);
  if (column !== 'new' && !instance) return NOWHERE;
  const halves = [...document.querySelectorAll(`.columns > [data-column="${column}"]`)]
    .map((each) => each.getBoundingClientRect())
    .filter(({ width }) => width > 0);
  const [left, top, right, bottom] = [
    Math.min(...halves.map((each) => each.left)),
    Math.min(...halves.map((each) => each.top)),
    Math.max(...halves.map((each) => each.right)),
    Math.max(...halves.map((each) => each.bottom)),
  ];
  const box = halves.length > 0 ? { left, top, width: right - left, height: bottom - top } : null;
  return instance ? { column: instance.id, name: instance.name, box } : { ...NOWHERE, box };
}

/**
 * The whole page takes a scenario file, a lesson, or an image. It takes every drop of files: one that a page does not take
 * replaces the page, and the machine with it. The share dialog does the same by a button, for the keyboard and for touch.
 */
export function FileDrop(props: { readonly actions: PageActions }) {
  const { open } = props.actions;
  const [over, setOver] = useState<Place | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);

  useEffect(() => {
    const onOver = (event: DragEvent): void => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      const place = placeAt(event.target);
      // It is dragged over the same column many times a second.
      setOver((was) => (was?.column === place.column && was.box?.top === place.box?.top ? was : place));
    };
    const onLeave = (event: DragEvent): void => {
      // On the way from one element of the page to another there is a related one.
      if (event.relatedTarget === null) setOver(null);
    };
    const onDrop = async (event: DragEvent): Promise<void> => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      const place = placeAt(event.target);
      setOver(null);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (await openDroppedLesson(files, open)) return;
      const scenario = await readDropped(files, place);
      setRefusal(scenario.ok ? null : scenario.error);
      if (!scenario.ok || scenario.value === null) return;
      announce(text.share.opening(scenario.value.name));
      await open(scenario.value);
    };
    const drop = (event: DragEvent): void => void onDrop(event);
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', drop);
    };
  }, [open]);

  return (
    <>
      {over && (
        <div className="drop-target" data-testid="drop-target">
          {over.box && <div className="drop-place" style={over.box} />}
          <p>
            <span>{over.name === null ? imageText.dropNew : imageText.dropOn(over.name)}</span>
            <span>{text.share.dropHere}</span>
          </p>
        </div>
      )}
      {refusal && (
        <Suspense>
          <FileRefused refusal={refusal} onClose={() => setRefusal(null)} />
        </Suspense>
      )}
    </>
  );
}
