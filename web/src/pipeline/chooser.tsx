// Choosing the operation of a new step: all of them in their groups, found by typing, by arrow keys or by pointing.
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/icons';
import { GROUPS, type Operation, operations } from './catalogue';
import { search } from './search';
import { addStep } from './state';

const sections = GROUPS.map((group) => ({
  ...group,
  members: operations
    .filter((operation) => operation.group === group.name)
    .sort((a, b) => a.title.localeCompare(b.title, 'en')),
})).filter(({ members }) => members.length > 0);
const inOrder = sections.flatMap(({ members }) => members);

interface OptionProps {
  id: string;
  operation: Operation;
  active: boolean;
  point(): void;
  pick(operation: Operation): void;
}

function Option({ id, operation, active, point, pick }: OptionProps) {
  return (
    <li
      id={id}
      class={active ? 'operation active' : 'operation'}
      role="option"
      aria-selected={active}
      onPointerMove={point}
      onClick={() => pick(operation)}
      data-testid="operation"
      data-op={operation.name}
    >
      <b>{operation.title}</b>
      <small>{operation.summary}</small>
    </li>
  );
}

interface Props {
  pick(operation: Operation): void;
  close(): void;
}

function Chooser({ pick, close }: Props) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const found = useMemo(() => (text.trim() ? search(inOrder, text) : inOrder), [text]);
  const current = found[active];
  const optionId = (operation: Operation) => `${id}-${operation.name}`;
  const move = (to: number) => {
    const next = Math.max(0, Math.min(found.length - 1, to));
    setActive(next);
    if (found[next]) document.getElementById(optionId(found[next]))?.scrollIntoView({ block: 'nearest' });
  };
  const key = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + 8,
      PageUp: active - 8,
    };
    if (event.key in moves) move(moves[event.key]);
    else if (event.key === 'Enter' && current) pick(current);
    else return;
    event.preventDefault();
  };
  const options = (members: Operation[]) =>
    members.map((operation) => (
      <Option
        key={operation.name}
        id={optionId(operation)}
        operation={operation}
        active={operation === current}
        point={() => setActive(found.indexOf(operation))}
        pick={pick}
      />
    ));
  return (
    <div class="chooser-inside" onKeyDown={key}>
      <div class="chooser-search">
        <Icon name="search" />
        <input
          type="search"
          role="combobox"
          placeholder="Search operations"
          aria-label="Search operations"
          aria-expanded={true}
          aria-controls={`${id}-list`}
          aria-activedescendant={current && optionId(current)}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setActive(0);
            list.current?.scrollTo({ top: 0 });
          }}
          data-testid="search"
        />
        <button type="button" class="bare" onClick={close} aria-label="Close" title="Close">
          <Icon name="close" />
        </button>
      </div>
      <nav class="chooser-groups" aria-label="Groups" hidden={text.trim() !== ''}>
        {sections.map((section) => (
          <button
            key={section.name}
            type="button"
            class="chip"
            onClick={() =>
              document.getElementById(`${id}-${section.name}-group`)?.scrollIntoView({ block: 'start' })
            }
          >
            {section.title}
          </button>
        ))}
      </nav>
      <div
        class={text.trim() ? 'operations found' : 'operations'}
        id={`${id}-list`}
        ref={list}
        role="listbox"
        aria-label="Operations"
      >
        {text.trim() ? (
          <ul role="presentation">{options(found)}</ul>
        ) : (
          sections.map((section) => (
            <ul
              key={section.name}
              id={`${id}-${section.name}-group`}
              class={section.name}
              role="group"
              aria-labelledby={`${id}-${section.name}`}
            >
              <li class="group-title" id={`${id}-${section.name}`} role="presentation">
                {section.title}
              </li>
              {options(section.members)}
            </ul>
          ))
        )}
        {found.length === 0 && <p class="empty">No operation fits “{text.trim()}”.</p>}
      </div>
      <p class="chooser-told" aria-live="polite">
        {current && (
          <>
            <b>{current.title}</b> {current.summary}
          </>
        )}
      </p>
    </div>
  );
}

export function AddStep({ added }: { added(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const byTouch = useRef(false);
  const [open, setOpen] = useState(false);
  const show = () => {
    if (!dialog.current?.open) dialog.current?.showModal();
    // A phone's keyboard would cover the list: there it comes when the field is touched.
    const field = dialog.current?.querySelector<HTMLElement>('[role=combobox]');
    (byTouch.current ? dialog.current : field)?.focus();
  };
  useLayoutEffect(() => {
    if (open) show();
  }, [open]);
  const pick = (operation: Operation) => {
    dialog.current?.close();
    addStep(operation);
    added();
  };
  return (
    <>
      <button
        type="button"
        class="add-step button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerDown={(event) => (byTouch.current = event.pointerType === 'touch')}
        onKeyDown={() => (byTouch.current = false)}
        // The dialog tells that it was closed a moment later; until then it counts as open.
        onClick={() => (open ? show() : setOpen(true))}
        data-testid="add-step"
      >
        <Icon name="add" />
        Add a step
      </button>
      <dialog
        class="chooser"
        ref={dialog}
        tabIndex={-1}
        aria-label="Add a step"
        data-testid="chooser"
        onClose={() => !dialog.current?.open && setOpen(false)}
        // Its backdrop is part of it; what is inside covers it.
        onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      >
        {open && <Chooser pick={pick} close={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}
