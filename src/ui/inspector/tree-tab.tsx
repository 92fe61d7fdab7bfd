import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Result } from '../../base/result.ts';
import type { DeviceTreeReport, TreeNode } from '../../protocol/inspect.ts';
import type { InstanceView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { inspectorText } from '../inspector-text.ts';
import { CopyButton } from './copy-button.tsx';

const text = inspectorText.tree;

/** The device tree that the core's kernel was given. */
export function TreeTab(props: {
  readonly machine: ConnectedMachine;
  readonly instance: InstanceView | undefined;
}) {
  const { machine, instance } = props;
  const [reads, setReads] = useState(0);
  const [answer, setAnswer] = useState<Result<DeviceTreeReport> | null>(null);
  const id = instance?.id;
  const bootId = instance?.bootId;
  useEffect(() => {
    if (id === undefined) return;
    let shown = true;
    void machine
      .ask((services) => services.deviceTree(id))
      .then((tree) => {
        if (shown) setAnswer(tree ?? null);
      });
    return () => {
      shown = false;
    };
  }, [machine, id, bootId, reads]);
  if (!instance) return <p className="drawer-note">{text.noKernel}</p>;
  if (!answer) return <p className="drawer-note">{inspectorText.reading}</p>;
  return (
    <section className="inspect-part">
      <div className="part-head">
        <h3>{text.of(instance.name)}</h3>
        <Button className="button small" onPress={() => setReads(reads + 1)}>
          {text.again}
        </Button>
        {answer.ok && <CopyButton what={text.source} read={() => answer.value.source} />}
      </div>
      {answer.ok ? (
        <>
          <p className="part-note">{text.at(answer.value.address)}</p>
          <div className="device-tree" data-testid="device-tree">
            <Node node={answer.value.root} depth={0} />
          </div>
        </>
      ) : (
        <p className="refused-line" role="status">
          {answer.error.reason} {answer.error.hint}
        </p>
      )}
    </section>
  );
}

function Node(props: { readonly node: TreeNode; readonly depth: number }) {
  const { node, depth } = props;
  return (
    <details open={depth < 1}>
      <summary>{node.name === '' ? text.root : node.name}</summary>
      <div className="tree-inside">
        {node.properties.map(({ name, value }) => (
          <p key={name}>
            <span className="tree-name">{name}</span>
            {value !== '' && ` = ${value}`}
          </p>
        ))}
        {node.children.map((child) => (
          <Node key={child.name} node={child} depth={depth + 1} />
        ))}
      </div>
    </details>
  );
}
