// The hidden file input of a label that adds pictures.
import { add } from '../jobs/queue';

export function addFiles(files: Iterable<File>): void {
  add([...files].map((file) => ({ file, name: file.name || 'picture' })));
}

interface Props {
  testid: string;
  accept?: string;
  capture?: 'environment'; // the camera takes one picture
}

export function FileInput({ testid, accept, capture }: Props) {
  return (
    <input
      type="file"
      class="visually-hidden"
      accept={accept}
      multiple={!capture}
      capture={capture}
      data-testid={testid}
      onChange={(event) => {
        addFiles(event.currentTarget.files ?? []);
        event.currentTarget.value = '';
      }}
    />
  );
}
