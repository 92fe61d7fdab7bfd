import { Button, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { columnActions, type ColumnAction } from '../../store/column-actions.ts';
import { useMachine } from '../../store/machine-store.ts';
import { MoreIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';
import { choose } from './kernel-actions.ts';

const keyOf = ({ id, other }: ColumnAction): string => `${id} ${other ?? ''}`;

/** Everything that can be done with a kernel in its present state, each entry with the kerf line that it types. */
export function KernelMenu(props: { readonly instance: InstanceView; readonly isDisabled: boolean }) {
  const { instance } = props;
  const view = useMachine((state) => state.view);
  const running = view?.instances.filter(({ state }) => state === 'active').map(({ name }) => name);
  const actions = columnActions(instance, running);
  return (
    <MenuTrigger>
      <Button
        className="icon-button"
        aria-label={text.header.menu(instance.name)}
        isDisabled={props.isDisabled}
      >
        <MoreIcon />
      </Button>
      <Popover className="popover kernel-menu" placement="bottom end">
        <Menu
          className="menu"
          aria-label={text.header.menu(instance.name)}
          onAction={(key) => {
            const action = actions.find((each) => keyOf(each) === key);
            if (action) choose(instance, action);
          }}
        >
          {actions.map((action) => {
            const label = [text.action[action.id], action.other].filter(Boolean).join(' ');
            return (
              <MenuItem key={keyOf(action)} id={keyOf(action)} textValue={label} className="menu-item">
                <Text slot="label">{label}</Text>
                {action.lines.length > 0 && (
                  <Text slot="description" className="menu-lines">
                    {action.lines.join(' ; ')}
                  </Text>
                )}
              </MenuItem>
            );
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
