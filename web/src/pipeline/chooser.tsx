// The dialog that adds a step: an operation is found by typing, by arrow keys or by pointing.
import './chooser.css';
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { IconButton } from '../ui/icon_button';
import { Icon } from '../ui/icons';
import type { Operation } from './catalogue';
import { groupId, OperationList, optionId, sections, sortedOperations } from './operation_list';
import { search } from './search';
import { addStep } from './state';

const PAGE = 8; // operations

interface SearchFieldProps {
  id: string;
  text: string;
  active: Operation | undefined;
  onType(text: string): void;
}

function SearchField({ id, text, active, onType }: SearchFieldProps) {
  return (
    <input
      type="search"
      role="combobox"
      placeholder="Search operations"
      aria-label="Search operations"
      aria-expanded={true}
      aria-controls={`${id}-list`}
      aria-activedescendant={active && optionId(id, active)}
      autocomplete="off"
      spellcheck={false}
      value={text}
      onInput={(event) => onType(event.currentTarget.value)}
      data-testid="search"
    />
  );
}

function GroupLinks({ id, hidden }: { id: string; hidden: boolean }) {
  const show = (name: string) =>
    document.getElementById(groupId(id, name))?.scrollIntoView({ block: 'start' });
  return (
    <nav class="chooser-groups" aria-label="Groups" hidden={hidden}>
      {sections.map(({ name, title }) => (
        <button key={name} type="button" class="chip" onClick={() => show(name)}>
          {title}
        </button>
      ))}
    </nav>
  );
}

interface Props {
  select(operation: Operation): void;
  close(): void;
}

function Chooser({ select, close }: Props) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [index, setIndex] = useState(0); // of the active operation among `shown`
  const query = text.trim();
  const shown = useMemo(() => (query ? search(sortedOperations, query) : sortedOperations), [query]);
  const active = shown[index];
  const activate = (to: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setIndex(next);
    if (shown[next]) document.getElementById(optionId(id, shown[next]))?.scrollIntoView({ block: 'nearest' });
  };
  const type = (typed: string) => {
    setText(typed);
    setIndex(0);
    list.current?.scrollTo({ top: 0 });
  };
  const keyDown = (event: KeyboardEvent) => {
    const targets: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + PAGE,
      PageUp: index - PAGE,
    };
    if (event.key in targets) activate(targets[event.key]);
    else if (event.key === 'Enter' && active) select(active);
    else return;
    event.preventDefault();
  };
  return (
    <div class="chooser-content" onKeyDown={keyDown}>
      <div class="chooser-search">
        <Icon name="search" />
        <SearchField id={id} text={text} active={active} onType={type} />
        <IconButton icon="close" label="Close" title="Close" onClick={close} />
      </div>
      <GroupLinks id={id} hidden={query !== ''} />
      <OperationList
        {...{ id, list, query, shown, active, select }}
        activate={(operation) => setIndex(shown.indexOf(operation))}
      />
      <p class="chooser-description" aria-live="polite">
        {active && (
          <>
            <b>{active.title}</b> {active.summary}
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
    // On a phone the field is not focused: the keyboard would cover the list.
    const field = dialog.current?.querySelector<HTMLElement>('[role=combobox]');
    (byTouch.current ? dialog.current : field)?.focus();
  };
  useLayoutEffect(() => {
    if (open) show();
  }, [open]);
  const select = (operation: Operation) => {
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
        // The close event comes after the dialog has closed; until then `open` is still true.
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
        // Only clicks on the backdrop have the dialog itself as their target.
        onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      >
        {open && <Chooser select={select} close={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}
