// The entry point of the page.
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/fields.css';
import { render } from 'preact';
import { App } from './app';
import { preloadPrescan } from './codes/preload';
import { listenForFiles } from './input/sources';
import './settings';
import { registerWorker } from './sw/register';

listenForFiles();
const root = document.getElementById('app');
if (root) render(<App />, root);
registerWorker();
preloadPrescan();
