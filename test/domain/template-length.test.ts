// A path that is longer than the kernel takes is refused before it travels, and shown by its beginning only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { checkTemplateLength, TEMPLATE_MAX } from '../../src/domain/template-length.ts';
import { parseTemplate } from '../../src/domain/tenant.ts';

test('a template is as long as a path may be, and no longer', () => {
  const longest = `tar:/${'x'.repeat(TEMPLATE_MAX - 5)}`;
  checkTemplateLength(longest);
  assert.equal(parseTemplate(longest).kind, 'tar');
  for (const check of [checkTemplateLength, parseTemplate])
    assert.throws(
      () => check(`${longest}x`),
      (error) =>
        error instanceof Problem &&
        error.code === 'TEMPLATE_INVALID' &&
        /^"tar:\/x{35}\.\.\." is not a template: it has 4097 characters/.test(error.message),
    );
});
