import { Suspense, useEffect, useRef, type ReactNode } from 'react';
import { Button, ToggleButton } from 'react-aria-components';
import { Group, Panel, Separator } from 'react-resizable-panels';
import { usePage } from '../../store/page-store.ts';
import { CloseIcon } from '../kit/icons.tsx';
import { PHONE, useMedia } from '../kit/use-media.ts';
import { text } from '../text.ts';
import { closeDrawer } from './drawer-actions.ts';
import { DRAWER_CONTENTS, type DrawerProps } from './drawer-contents.ts';
import { LessonReminder } from './lesson-reminder.tsx';

/** The machine, and the drawer at its right; on a phone, which has no room beside it, over it. */
export function WithDrawer(props: DrawerProps & { readonly children: ReactNode }) {
  const open = usePage((state) => state.drawer !== 'closed');
  const phone = useMedia(PHONE);
  return (
    <>
      <Group orientation="horizontal" className="with-drawer">
        <Panel id="beside-drawer" minSize="320px">
          <div className="layer">{props.children}</div>
        </Panel>
        {open && !phone && (
          <>
            <Separator className="divider upright" aria-label={text.drawer.divider} />
            <Panel
              id="drawer-panel"
              minSize="320px"
              maxSize="70%"
              defaultSize="29%"
              groupResizeBehavior="preserve-pixel-size"
            >
              <Drawer {...props} />
            </Panel>
          </>
        )}
      </Group>
      {open && phone && <Drawer {...props} />}
      {!open && phone && <LessonReminder />}
    </>
  );
}

function Drawer(props: DrawerProps) {
  const drawer = usePage((state) => state.drawer);
  const setDrawer = usePage((state) => state.setDrawer);
  const shown = DRAWER_CONTENTS.find(({ id }) => id === drawer);
  const node = useRef<HTMLElement>(null);
  const opener = useRef<Element | null>(null);
  // Whoever closes it from inside gets the focus back where it was.
  useEffect(() => {
    opener.current = document.activeElement;
    const { current } = node;
    return () => {
      const inside =
        current?.contains(document.activeElement) === true || document.activeElement === document.body;
      if (inside && opener.current instanceof HTMLElement) opener.current.focus();
    };
  }, []);
  if (!shown) return null;
  return (
    <aside
      ref={node}
      className="drawer"
      aria-label={shown.title}
      data-testid="drawer"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        closeDrawer();
      }}
    >
      <div className="drawer-head">
        {DRAWER_CONTENTS.length === 1 ? (
          <h2>{shown.title}</h2>
        ) : (
          <div role="group" aria-label={text.drawer.contents} className="drawer-contents">
            {DRAWER_CONTENTS.map(({ id, title }) => (
              <ToggleButton
                key={id}
                className="button small"
                isSelected={id === drawer}
                onChange={() => setDrawer(id)}
              >
                {title}
              </ToggleButton>
            ))}
          </div>
        )}
        <Button className="icon-button" aria-label={text.drawer.close} onPress={closeDrawer}>
          <CloseIcon />
        </Button>
      </div>
      <Suspense fallback={<p className="drawer-note">{text.drawer.loading}</p>}>
        <shown.Content view={props.view} machine={props.machine} actions={props.actions} />
      </Suspense>
    </aside>
  );
}
