// A radio button that is displayed as its label.
import type { ComponentChildren } from 'preact';

interface Props {
  name: string; // of the group
  value?: string | number;
  checked: boolean;
  class?: string; // of the label
  title?: string;
  testid?: string;
  children: ComponentChildren;
  select(): void;
}

export function Radio({ name, value, checked, class: classes = '', title, testid, children, select }: Props) {
  return (
    <label title={title} class={checked ? `${classes} selected` : classes}>
      <input
        type="radio"
        class="visually-hidden"
        name={name}
        value={value}
        checked={checked}
        onChange={select}
        data-testid={testid}
      />
      {children}
    </label>
  );
}
