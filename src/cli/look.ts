// What the texts of a command need to know: the width, the colours, the present and the caller's time zone.

import type { Context } from './context.ts';
import type { Paint } from './output/style.ts';
import type { Clock } from './output/times.ts';

export type Look = Clock & { readonly width: number; readonly paint: Paint };

export const readLook = ({ around, paint, width }: Context): Look => ({
  now: around.now(),
  zone: around.zone(),
  width: width(),
  paint,
});
