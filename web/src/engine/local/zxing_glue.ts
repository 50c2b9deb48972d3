// The part of zxing-wasm's JavaScript that is used, in a file of its own that is loaded when codes are read.
export { prepareZXingModule, purgeZXingModule } from 'zxing-wasm/reader';
