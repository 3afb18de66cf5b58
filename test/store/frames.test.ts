// Frames in bytes and back: exactly what was decided on, in little room.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HouseFrame, TenantFrame } from '../../src/domain/policy-types.ts';
import { decodeFrames, encodeFrames } from '../../src/store/frames.ts';
import { makeFrame, makeTenantFrame } from './decision-values.ts';

const big = fc.oneof(
  fc.integer({ min: -1, max: 2 ** 50 }),
  fc.integer({ min: 0, max: 2 ** 38 }).map((pages) => pages * 4096),
);
const tenantFrame: fc.Arbitrary<TenantFrame> = fc
  .record({
    up: fc.constantFrom('running', 'frozen', 'stopped'),
    ...Object.fromEntries(
      Object.keys(makeTenantFrame())
        .filter((key) => key !== 'up')
        .map((key) => [key, big]),
    ),
  })
  .map((value) => value as unknown as TenantFrame);
const frame: fc.Arbitrary<HouseFrame> = fc.record({
  at: big,
  dt: big,
  hostCpuUsec: big,
  memoryAvailable: big,
  memoryTotal: big,
  hostMemoryFull: big,
  tenants: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,29}$/), tenantFrame, { maxKeys: 4 }),
});

test('what is decoded is what was encoded, with tenants that come and go', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
      const plain = JSON.parse(JSON.stringify(frames)) as HouseFrame[];
      assert.deepEqual(decodeFrames(encodeFrames(plain)), plain);
    }),
  );
});

test('sizes in whole pages take less room than any others, and both are kept exactly', () => {
  const ofSize = (extra: number): HouseFrame[] =>
    Array.from({ length: 10 }, (_, i) =>
      makeFrame(i * 1000, {
        tenants: { alice: makeTenantFrame({ memory: 2 ** 29 + ((i * 104_729) % 2 ** 12) * 4096 + extra }) },
      }),
    );
  const [pages, bytes] = [encodeFrames(ofSize(0)), encodeFrames(ofSize(1))];
  assert.ok(pages.length < bytes.length, `${pages.length} and ${bytes.length} bytes`);
  assert.deepEqual(decodeFrames(pages), ofSize(0));
  assert.deepEqual(decodeFrames(bytes), ofSize(1));
});

test('ten seconds of a busy tenant take less than 200 bytes', () => {
  const frames = Array.from({ length: 10 }, (_, i) =>
    makeFrame(1_780_000_000_000 + i * 1000 + (i % 3), {
      hostCpuUsec: 1_500_000 + ((i * 7919) % 1000),
      memoryAvailable: 2 ** 31 - i * 4096 * 17,
      tenants: {
        alice: makeTenantFrame({
          cpuUsec: 500_000 + ((i * 104_729) % 5000),
          throttled: 900 + (i % 7),
          memory: 2 ** 28 + i * 4096 * 3,
          ioBytes: 4096 * (i % 5),
          egressBytes: 1500 * i,
        }),
      },
    }),
  );
  const { length } = encodeFrames(frames);
  assert.ok(length < 200, `${length} bytes`);
});
