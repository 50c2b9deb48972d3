// A button with an icon alone.
import { Icon, type IconName } from './icons';

interface Props {
  icon: IconName;
  label: string; // for screen readers
  title?: string; // for pointers
  disabled?: boolean;
  testid?: string;
  onClick(event: MouseEvent & { currentTarget: HTMLButtonElement }): void;
}

export function IconButton({ icon, label, title, disabled, testid, onClick }: Props) {
  return (
    <button
      type="button"
      class="icon-button"
      disabled={disabled}
      onClick={onClick}
      aria-label={label}
      title={title}
      data-testid={testid}
    >
      <Icon name={icon} />
    </button>
  );
}
