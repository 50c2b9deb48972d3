// The list of operations in the dialog that adds a step: all in their groups, or those that match a search.
import './operation_list.css';
import { GROUPS, type Operation, operations } from './catalogue';

export const sections = GROUPS.map((group) => ({
  ...group,
  members: operations
    .filter((operation) => operation.group === group.name)
    .sort((a, b) => a.title.localeCompare(b.title, 'en')),
})).filter(({ members }) => members.length > 0);

// In the order of the sections.
export const sortedOperations = sections.flatMap(({ members }) => members);

interface OptionProps {
  id: string;
  operation: Operation;
  active: boolean;
  activate(): void;
  select(operation: Operation): void;
}

function Option({ id, operation, active, activate, select }: OptionProps) {
  return (
    <li
      id={id}
      class={active ? 'operation active' : 'operation'}
      role="option"
      aria-selected={active}
      onPointerMove={activate}
      onClick={() => select(operation)}
      data-testid="operation"
      data-op={operation.name}
    >
      <b>{operation.title}</b>
      <small>{operation.summary}</small>
    </li>
  );
}

// DOM ids, under the id of the dialog's content.
export const optionId = (id: string, operation: Operation) => `${id}-${operation.name}`;
export const groupId = (id: string, name: string) => `${id}-${name}-group`;

interface Props {
  id: string;
  list: { current: HTMLDivElement | null };
  query: string; // '': all are listed, in their groups
  shown: Operation[];
  active: Operation | undefined;
  activate(operation: Operation): void;
  select(operation: Operation): void;
}

export function OperationList({ id, list, query, shown, active, activate, select }: Props) {
  const options = (members: Operation[]) =>
    members.map((operation) => (
      <Option
        key={operation.name}
        id={optionId(id, operation)}
        operation={operation}
        active={operation === active}
        activate={() => activate(operation)}
        select={select}
      />
    ));
  return (
    <div
      class={query ? 'operations search-results' : 'operations'}
      id={`${id}-list`}
      ref={list}
      role="listbox"
      aria-label="Operations"
    >
      {query ? (
        <ul role="presentation">{options(shown)}</ul>
      ) : (
        sections.map((section) => (
          <ul
            key={section.name}
            id={groupId(id, section.name)}
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
      {shown.length === 0 && <p class="empty-message">No operation matches “{query}”.</p>}
    </div>
  );
}
