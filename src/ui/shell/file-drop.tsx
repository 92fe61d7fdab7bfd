import { lazy, Suspense, useEffect, useState } from 'react';
import { refuse, type Refusal, type Result } from '../../base/result.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import type { PageActions } from '../../store/page-actions.ts';
import { usePage } from '../../store/page-store.ts';
import { announce } from '../kit/announcer.tsx';
import { text } from '../text.ts';

const FileRefused = lazy(() =>
  import('./file-refused.tsx').then((module) => ({ default: module.FileRefused })),
);

/** Whether files of the computer are dragged; cores and devices are carried by pointer events. */
const bringsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

/** What reads scenarios is loaded when there is one. */
async function readDropped(files: readonly File[]): Promise<Result<Scenario>> {
  const [file] = files;
  if (file === undefined || files.length > 1)
    return refuse('not-one-file', text.share.notOneFile(files.length), text.share.notOneFileHint);
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

/**
 * The whole page takes a scenario file, and a lesson. It takes every drop of files: one that a page does not take replaces the page, and
 * the machine with it. The share dialog does the same by a button, for the keyboard and for touch.
 */
export function FileDrop(props: { readonly actions: PageActions }) {
  const { open } = props.actions;
  const [over, setOver] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);

  useEffect(() => {
    const onOver = (event: DragEvent): void => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      // On the way from one element of the page to another there is a related one.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = async (event: DragEvent): Promise<void> => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (await openDroppedLesson(files, open)) return;
      const scenario = await readDropped(files);
      setRefusal(scenario.ok ? null : scenario.error);
      if (!scenario.ok) return;
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
          <p>{text.share.dropHere}</p>
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
