// What is used of zxing-wasm's JavaScript, in a file of its own that is loaded when codes are to be read.
export { prepareZXingModule, purgeZXingModule } from 'zxing-wasm/reader';
