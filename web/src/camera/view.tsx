// The camera's video with outlines of visible codes. Both fill one box of the video's aspect ratio, so that an outline lies
// on its code however the box is sized, cropped or mirrored.
import '../picture/outlines.css';
import './view.css';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/icons';
import { camera, error, frameSize, outlines, retry, show } from './state';

function Outlines() {
  const { width, height } = frameSize.value;
  return (
    <svg
      class="outlines"
      viewBox={`0 0 ${width || 1} ${height || 1}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {outlines.value.map(({ points }, index) => (
        <polygon key={index} points={points.join(' ')} data-testid="camera-outline" />
      ))}
    </svg>
  );
}

export function View() {
  const video = useRef<HTMLVideoElement>(null);
  const [ratio, setRatio] = useState(0);
  useLayoutEffect(() => (video.current ? show(video.current) : undefined), []);
  const measure = () => {
    const { videoWidth = 0, videoHeight = 1 } = video.current ?? {};
    setRatio(videoWidth / videoHeight || 0);
  };
  const failed = error.value !== '';
  return (
    <div class="camera-view">
      <div
        class={camera.value?.mirrored ? 'camera-frame mirrored' : 'camera-frame'}
        style={{ '--ratio': ratio || 16 / 9 }}
        hidden={failed}
      >
        <video
          ref={video}
          muted
          playsInline
          onResize={measure}
          onLoadedMetadata={measure}
          aria-label="The camera’s picture"
          data-testid="camera-video"
        />
        <Outlines />
      </div>
      {failed && (
        <div class="camera-error" role="alert">
          <Icon name="camera" />
          <p data-testid="camera-trouble">{error.value}</p>
          <button type="button" class="button" onClick={() => void retry()} data-testid="camera-retry">
            <Icon name="retry" />
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
