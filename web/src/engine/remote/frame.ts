// The header of binary messages, as in docs/protocol.md: 32 bytes, little-endian.

export const HEADER = 32;
export const UPLOAD = 1;
export const TILE = 2;
export const FILE = 3;

export interface Frame {
  type: number;
  job: number;
  offset: number; // FILE
  channels: number;
  stage: number;
  worker: number;
  x: number;
  y: number;
  width: number;
  height: number;
  payload: Uint8Array;
}

export function writeUpload(job: number, offset: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, UPLOAD);
  view.setUint32(4, job, true);
  view.setUint32(8, payload.length, true);
  view.setBigUint64(16, BigInt(offset), true);
  bytes.set(payload, HEADER);
  return bytes;
}

// Null for a message that is no valid frame. The 64-bit offset of UPLOAD and FILE is where a tile has x and y.
export function readFrame(buffer: ArrayBuffer): Frame | null {
  if (buffer.byteLength < HEADER) return null;
  const view = new DataView(buffer);
  const length = view.getUint32(8, true);
  if (length !== buffer.byteLength - HEADER) return null;
  const frame: Frame = {
    type: view.getUint8(0),
    channels: view.getUint8(1),
    stage: view.getUint8(2),
    job: view.getUint32(4, true),
    worker: view.getUint32(12, true),
    offset: Number(view.getBigUint64(16, true)),
    x: view.getUint32(16, true),
    y: view.getUint32(20, true),
    width: view.getUint32(24, true),
    height: view.getUint32(28, true),
    payload: new Uint8Array(buffer, HEADER, length),
  };
  if (frame.type === TILE && frame.width * frame.height * frame.channels !== length) return null;
  return frame;
}
