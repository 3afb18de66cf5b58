// Which keys count now. Pure.

import type { Mode } from '../keymap.ts';
import type { State } from './types.ts';

export const modeOf = ({ dialog, detail }: State): Mode => dialog?.kind ?? (detail ? 'detail' : 'list');
