// What the tests use of the local engine and of the camera, bundled for node.
export { Coordinator } from '../../web/src/engine/local/coordinator';
export { Crew } from '../../web/src/engine/local/crew';
export { Lane } from '../../web/src/engine/local/lane';
export { Module } from '../../web/src/engine/local/module';
export { Reader } from '../../web/src/engine/local/reader';
export { Readers } from '../../web/src/engine/local/readers';
export { Cancelled, Rest } from '../../web/src/engine/local/rest';
export { Team } from '../../web/src/engine/local/team';
export { CODES, DONE, TILE, Tilecast, WAIT } from '../../web/src/engine/local/tilecast';
export { Zxing } from '../../web/src/engine/local/zxing';
export { Sightings } from '../../web/src/camera/sightings';
export { Turns } from '../../web/src/camera/turns';
export { withCode } from '../../web/src/codes/early';
