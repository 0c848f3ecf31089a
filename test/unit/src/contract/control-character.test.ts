import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasControlCharacter } from '../../../../src/contract/control-character.ts';

it('finds what the Unicode class finds', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => hasControlCharacter(text) === /\p{Cc}/u.test(text)));
  for (let code = 0; code < 0x200; code++) {
    const text = String.fromCharCode(code);
    expect([code, hasControlCharacter(text)]).toEqual([code, /\p{Cc}/u.test(text)]);
  }
});
