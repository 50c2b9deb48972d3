// The layout of the page.
import './app.css';
import { Scanner } from './camera/scanner';
import { CodeList } from './codes/list';
import { DropOverlay, Welcome } from './input/sources';
import { PictureList } from './jobs/list';
import { selected } from './jobs/queue';
import { LineList } from './lines/list';
import { Viewer } from './picture/viewer';
import { PipelineEditor } from './pipeline/editor';
import { Actions, Output } from './ui/actions';
import { Header } from './ui/header';
import { Toast } from './ui/toast';
import { UpdateNotice } from './sw/register';

export function App() {
  const item = selected.value;
  return (
    <div class="app">
      <Header />
      <aside class="app-steps">
        <PipelineEditor />
      </aside>
      <main class="app-main">
        {item ? <Viewer item={item} /> : <Welcome />}
        <Actions />
      </main>
      <aside class="app-lists">
        <PictureList />
        <CodeList />
        <LineList />
        <Output />
      </aside>
      <Scanner />
      <DropOverlay />
      <UpdateNotice />
      <Toast />
    </div>
  );
}
