// The top of the page: where pictures are processed, the server's state, the theme.
import './header.css';
import { engineKind, preference, type Preference, retryServer, server } from '../engine/choice';
import { theme } from '../settings';
import { Icon, type IconName, Logo } from './icons';
import { Radio } from './radio';
import { plural } from './format';

function stateText(): string {
  const { kind, workers, jobs } = server.value;
  switch (kind) {
    case 'connecting':
      return 'Looking for the server';
    case 'ready':
      return `Server ready · ${plural(workers, 'worker')}${jobs > 0 ? ` · ${plural(jobs, 'job')}` : ''}`;
    case 'starting':
      return 'Server starting';
    case 'down':
      return 'Workers down';
    case 'absent':
      return 'No server';
  }
}

function ServerState() {
  const { kind } = server.value;
  return (
    <button
      class={`server-state ${kind}`}
      onClick={retryServer}
      title={kind === 'absent' ? 'Try again now' : server.value.host}
      data-testid="server-state"
      data-state={kind}
    >
      <i />
      <span>{stateText()}</span>
    </button>
  );
}

const CHOICES: { name: Preference; title: string; icon: IconName; hint: string }[] = [
  { name: 'auto', title: 'Automatic', icon: 'auto', hint: 'On the server when it is ready, else here' },
  { name: 'local', title: 'Here', icon: 'device', hint: 'Pictures never leave this device' },
  { name: 'remote', title: 'Server', icon: 'server', hint: 'Always on the server' },
];

function EngineSwitch() {
  return (
    <div class="segmented-control" role="radiogroup" aria-label="Where to process">
      {CHOICES.map((choice) => (
        <Radio
          key={choice.name}
          name="engine"
          checked={preference.value === choice.name}
          title={choice.hint}
          testid={`engine-${choice.name}`}
          select={() => (preference.value = choice.name)}
        >
          <Icon name={choice.icon} />
          <span>{choice.title}</span>
        </Radio>
      ))}
    </div>
  );
}

export function EngineNote() {
  const remote = engineKind.value === 'remote';
  const { kind, host } = server.value;
  const sent = kind === 'absent' ? `Pictures wait for ${host}` : `Pictures are sent to ${host}`;
  const text = remote ? sent : 'Pictures stay on this device';
  return (
    <p class={remote ? 'data-location remote' : 'data-location'} title={text} data-testid="where">
      <Icon name={remote ? 'server' : 'lock'} />
      <span>{text}</span>
    </p>
  );
}

function ThemeButton() {
  const isDark = document.documentElement.dataset.theme === 'dark';
  return (
    <button
      class="icon-button"
      aria-label="Dark or light"
      title="Dark or light"
      onClick={() =>
        (theme.value =
          theme.value === 'auto' ? (isDark ? 'light' : 'dark') : theme.value === 'dark' ? 'light' : 'dark')
      }
    >
      <Icon name={theme.value === 'dark' || (theme.value === 'auto' && isDark) ? 'sun' : 'moon'} />
    </button>
  );
}

export function Header() {
  return (
    <header class="app-header">
      <a class="brand" href="./" aria-label="Tilecast">
        <Logo />
        <b>Tilecast</b>
      </a>
      <EngineNote />
      <span class="spacer" />
      <ServerState />
      <EngineSwitch />
      <ThemeButton />
    </header>
  );
}
