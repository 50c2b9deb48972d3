// The server's JSON messages, as in docs/protocol.md.
import type { Line } from '../engine';

export interface Limits {
  file_bytes: number;
  pixels: number;
  chunk_bytes: number;
  message_bytes: number;
  jobs: number;
}

export type PoolState = 'ready' | 'starting' | 'down';

interface Stage {
  width: number;
  height: number;
  channels: number;
  tiles: number;
  steps: string;
}

export type ServerMessage =
  | { type: 'welcome'; version: string; host: string; pool: PoolState; workers: number; limits: Limits }
  | { type: 'pool'; state: PoolState; workers: number; jobs: number }
  | { type: 'pong' }
  | { type: 'accepted'; job: number; id: string }
  | { type: 'attached'; job: number; offset: number }
  | { type: 'credit'; job: number; offset: number }
  | {
      type: 'picture';
      job: number;
      format: string;
      width: number;
      height: number;
      channels: number;
      tile: number;
      stages: Stage[];
      attempt: number; // at computing the job; tiles of another one are sent anew
    }
  | { type: 'progress'; job: number; done: number; total: number; step: string; eta_ms: number }
  | { type: 'lines'; job: number; from: number; total: number; lines: Line[] }
  | {
      type: 'code';
      job: number;
      code_type: string;
      text: string;
      bytes?: string; // base64
      how: string;
      points: [number, number][];
    }
  | {
      type: 'done';
      job: number;
      width: number;
      height: number;
      channels: number;
      format: string;
      bytes: number;
      ms: number;
      warning: string;
    }
  | { type: 'failed'; job: number; status: string; error: string }
  | { type: 'cancelled'; job: number }
  | { type: 'error'; error: string };
