import { lazy, Suspense, useState } from 'react';
import { Button } from 'react-aria-components';
import type { PageActions } from '../../store/page-actions.ts';
import { GalleryIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';

const GalleryDialog = lazy(() =>
  import('../gallery/gallery-dialog.tsx').then((module) => ({ default: module.GalleryDialog })),
);

export function GalleryButton(props: { readonly actions: PageActions }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        className="button gallery-button"
        data-testid="gallery"
        aria-label={text.gallery.button}
        onPress={() => setOpen(true)}
      >
        <GalleryIcon />
        <span>{text.gallery.button}</span>
      </Button>
      {open && (
        <Suspense>
          <GalleryDialog actions={props.actions} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
