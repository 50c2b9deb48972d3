// Numbers from a printed seed, and operations with random parameters.

// mulberry32
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    below: (n) => Math.floor(next() * n),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

export function seeded() {
  const seed = Number(process.env.TILECAST_SEED ?? Date.now() % 1e9);
  console.log(`TILECAST_SEED=${seed}`);
  return random(seed);
}

function randomValue(rng, p) {
  switch (p.kind) {
    case 'choice':
      return rng.pick(p.choices);
    case 'set':
      return rng.pick(['all', rng.pick(p.choices)]);
    case 'list': // small enough that most pixels are neither black nor white
      return Array.from({ length: rng.pick(p.counts) }, () =>
        (rng.next() * 1.2 - 0.5).toFixed(2),
      ).join(',');
    case 'real':
      return (p.min + rng.next() * (p.max - p.min)).toFixed(2);
    case 'odd':
      return 2 * rng.below((p.max - p.min) / 2 + 1) + p.min;
    default: // mostly such that a picture of this size is not left out
      return p.min + rng.below(Math.min(p.max - p.min, rng.pick([30, 300, p.max])) + 1);
  }
}

// One step in text form, every parameter drawn from its range.
export const randomStep = (rng, op) =>
  [op.name, ...op.params.map((p) => `${p.name}=${randomValue(rng, p)}`)].join(' ');
