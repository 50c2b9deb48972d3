// Instances that share one memory have a fault each: two failures at the same time keep their own sentences.
import assert from 'node:assert/strict';
import { engine, modules } from './support.mjs';

const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
const first = await engine.Module.open(modules.shared, {}, { memory, stack: 0 });
const instances = [first];
for (let i = 0; i < 3; i++) {
  const stack = first.alloc(1 << 20) + (1 << 20);
  instances.push(await engine.Module.open(modules.shared, {}, { memory, stack: stack - (stack % 16) }));
}

const fail = (instance, pipeline) =>
  instance.withText(pipeline, (at) => assert.equal(instance.exports.tc_page_pipeline_check(at), 0));
instances.forEach((instance, i) => fail(instance, `nonsense_${i}`));
instances.forEach((instance, i) => {
  const fault = instance.fault();
  assert.match(fault.message, new RegExp(`nonsense_${i}\\b`));
  assert.notEqual(fault.status, 0);
});

// The last failure of an instance replaces its own only.
fail(instances[2], 'blur_of_the_third');
assert.match(instances[2].fault().message, /blur_of_the_third/);
assert.match(instances[1].fault().message, /nonsense_1/);
assert.match(instances[0].fault().message, /nonsense_0/);
console.log('each instance has its own fault');
