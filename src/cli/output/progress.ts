// Steps of long work: as text, and as one line of a terminal that is drawn over.

import type { StreamMessage } from '../../api/contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import type { Output } from '../surroundings.ts';

/** "alice [3/9] mount the root"; progress lines may hold output of a template's build. */
export const formatMessage = (message: StreamMessage<unknown>): string => {
  if (message.type === 'step')
    return `${message.tenant} [${message.index}/${message.total}] ${escapeLine(message.text)}`;
  return message.type === 'progress' ? escapeLine(message.text) : '';
};

/** Cuts to a width, with a mark. */
export const cutLine = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** ECMA-48: carriage return, then erase to the end of the line. */
const ERASE_LINE = '\r\u001b[K';

export class ProgressLine {
  readonly #output: Output;
  #shown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  show(text: string): void {
    this.#output.write(`${ERASE_LINE}${cutLine(text, (this.#output.columns ?? 80) - 1)}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#output.write(ERASE_LINE);
    this.#shown = false;
  }
}
