import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { CONTRACT } from '../../../../src/contract/fingerprint.ts';
import { InjectorConfig } from '../../../../src/contract/injector-config.ts';

it('follows the schema: after a change of the contract, write the new fingerprint into the constant', () => {
  const schema = z.toJSONSchema(InjectorConfig, { io: 'input' });

  expect(CONTRACT).toBe(createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 12));
});
