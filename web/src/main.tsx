import { render } from 'preact';
import { App } from './app';
import { followPipeline } from './codes/ready';
import { listenForPictures } from './input/sources';
import './settings';
import './style.css';
import { registerWorker } from './sw/register';

listenForPictures();
const root = document.getElementById('app');
if (root) render(<App />, root);
registerWorker();
followPipeline();
