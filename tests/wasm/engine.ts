// What the tests use of the local engine, the camera and the codes, bundled for node.
export { Coordinator } from '../../web/src/engine/local/coordinator';
export { CoordinatorProxy } from '../../web/src/engine/local/coordinator_proxy';
export { Cancelled, EventLoop } from '../../web/src/engine/local/event_loop';
export { MessagePool } from '../../web/src/engine/local/message_pool';
export { Module } from '../../web/src/engine/local/module';
export { Reader } from '../../web/src/engine/local/reader';
export { ReaderPool } from '../../web/src/engine/local/reader_pool';
export { SharedPool } from '../../web/src/engine/local/shared_pool';
export { CODES, DONE, TILE, WAIT } from '../../web/src/engine/local/task';
export { Tilecast } from '../../web/src/engine/local/tilecast';
export { Zxing } from '../../web/src/engine/local/zxing';
export { PassScheduler } from '../../web/src/camera/pass_scheduler';
export { CodeTracker } from '../../web/src/camera/tracker';
export { mergeCode } from '../../web/src/codes/merge';
