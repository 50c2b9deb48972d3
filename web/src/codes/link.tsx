// A button that opens a code's text, if it is a link. Only http and https are opened.
import { Icon } from '../ui/icons';

const isLink = (text: string): boolean => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);

export function OpenLink({ text, testid }: { text: string; testid?: string }) {
  if (!isLink(text)) return null;
  return (
    <a
      class="icon-button"
      href={text}
      target="_blank"
      rel="noreferrer noopener"
      aria-label="Open the link"
      title="Open"
      data-testid={testid}
    >
      <Icon name="open" />
    </a>
  );
}
