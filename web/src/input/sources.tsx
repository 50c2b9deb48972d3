// The sources of pictures: files, the camera, the clipboard, drag and drop, samples.
import './sources.css';
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ScanButton } from '../camera/scanner';
import { add } from '../jobs/queue';
import { normalText, pipelineText, presets, setText } from '../pipeline/state';
import { moveFocus } from '../ui/focus';
import { Icon } from '../ui/icons';
import { showToast } from '../ui/toast';
import { addFiles, FileInput } from './file_input';

interface Sample {
  file: string;
  title: string;
  pipeline: string;
}

const SAMPLES: Sample[] = [
  {
    file: 'mountains.jpg',
    title: 'Mountains',
    pipeline: 'gaussian_blur | canny low=80 high=170 | invert',
  },
  { file: 'codes.png', title: 'Codes', pipeline: 'read_codes draw=no' },
  {
    file: 'coffee.jpg',
    title: 'Coffee',
    pipeline: 'brightness_contrast contrast=1.3 brightness=10 | sharpen',
  },
  { file: 'rocket.jpg', title: 'Rocket', pipeline: 'equalize' },
];

export const dragging = signal(false);
const touch = matchMedia('(pointer: coarse)').matches;

// The files of a dropped entry, folders included.
async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [
      await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    ];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return files;
    for (const one of entries) files.push(...(await filesOf(one)));
  }
}

async function addDropped(data: DataTransfer): Promise<void> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null);
  if (!entries.some((entry) => entry.isDirectory)) {
    addFiles(data.files);
    return;
  }
  const lists = await Promise.all(entries.map(filesOf));
  addFiles(lists.flat().filter((file) => !file.name.startsWith('.')));
}

export function listenForFiles(): void {
  let depth = 0;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    dragging.value = true;
  });
  addEventListener('dragleave', (event) => {
    if (hasFiles(event) && --depth <= 0) dragging.value = false;
  });
  addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
  addEventListener('drop', (event) => {
    depth = 0;
    dragging.value = false;
    if (!event.dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    void addDropped(event.dataTransfer);
  });
  addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    addFiles(files);
  });
}

async function pasteFromClipboard(): Promise<void> {
  try {
    const found: { file: Blob; name: string }[] = [];
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith('image/'));
      if (type) found.push({ file: await item.getType(type), name: 'pasted.png' });
    }
    if (found.length === 0) showToast('There is no picture on the clipboard.');
    add(found);
  } catch {
    showToast('This browser does not let the page read the clipboard; press Ctrl+V instead.');
  }
}

async function addSample(sample: Sample): Promise<void> {
  try {
    const response = await fetch(`samples/${sample.file}`);
    if (!response.ok) throw new Error(response.statusText);
    const file = await response.blob();
    // A pipeline that the user has edited stays.
    const text = pipelineText.peek();
    const known = [...presets.map((one) => one.text), ...SAMPLES.map((one) => normalText(one.pipeline))];
    if (known.includes(text)) setText(sample.pipeline);
    add([{ file, name: sample.file }]);
  } catch {
    showToast('The sample picture could not be loaded.');
  }
}

function FileButton({ capture }: { capture?: boolean }) {
  return (
    <label class={capture ? 'button' : 'button primary'}>
      <Icon name={capture ? 'camera' : 'image'} />
      {capture ? 'Take a photo' : 'Choose pictures'}
      <FileInput
        testid={capture ? 'camera-input' : 'file-input'}
        accept={capture ? 'image/*' : 'image/*,.pgm,.ppm,.pnm,.tga,.psd,.hdr,.avif,.webp,.heic'}
        capture={capture ? 'environment' : undefined}
      />
    </label>
  );
}

export function Sources() {
  return (
    <div class="sources">
      <FileButton />
      <ScanButton />
      {touch && <FileButton capture />}
      <button class="button" onClick={() => void pasteFromClipboard()} data-testid="paste">
        <Icon name="paste" />
        Paste
      </button>
    </div>
  );
}

export function Welcome() {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(
    () => () => moveFocus(box.current, () => document.querySelector<HTMLElement>('.viewport')),
    [],
  );
  return (
    <div class="welcome" ref={box} data-testid="welcome">
      <div class="welcome-art" aria-hidden="true">
        {Array.from({ length: 16 }, (_, index) => (
          <i key={index} />
        ))}
      </div>
      <h2>{touch ? 'Choose a picture' : 'Drop pictures anywhere'}</h2>
      <p>One or hundreds. Watch the result arrive tile by tile.</p>
      <Sources />
      <p class="samples-title">or try a sample</p>
      <div class="samples">
        {SAMPLES.map((sample) => (
          <button
            key={sample.file}
            onClick={() => void addSample(sample)}
            data-testid={`sample-${sample.file}`}
          >
            <img
              src={`samples/thumbs/${sample.file.replace(/\..*/, '')}.jpg`}
              alt=""
              width="88"
              height="66"
            />
            {sample.title}
          </button>
        ))}
      </div>
    </div>
  );
}

export function DropOverlay() {
  return dragging.value ? (
    <div class="drop-overlay">
      <p>Drop to process</p>
    </div>
  ) : null;
}
