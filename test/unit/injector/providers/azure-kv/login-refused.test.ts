import { describe, expect, it } from 'vitest';
import { loginRefused } from '../../../../../injector/providers/azure-kv/login-refused.ts';
import type { AzureKvStore } from '../../../../../src/contract/provider.ts';

const CONFIG: AzureKvStore = { provider: 'azure-kv', tenantId: 'TENANT', clientId: 'CLIENT', cloud: 'public', tokenFile: '/t' };
const ASSERTION = {
  jwt: 'h.p.s',
  issuer: 'https://oidc.example.com/',
  subject: 'system:serviceaccount:shop:web',
  audience: 'api://AzureADTokenExchange',
};

function refused(
  description: string,
  assertion: typeof ASSERTION | (Omit<typeof ASSERTION, 'issuer'> & { issuer: undefined }) = ASSERTION,
) {
  const json = { error: 'invalid_client', error_description: description };
  return loginRefused(
    { status: 401, headers: new Map(), text: '', json },
    assertion,
    CONFIG,
    'Entra ID at https://login.microsoftonline.com',
  );
}

describe('loginRefused', () => {
  it.each([
    [
      'AADSTS70021: No matching federated identity record found for presented assertion.',
      /federated credential with exactly issuer `https:\/\/oidc\.example\.com\/`/,
    ],
    [
      "AADSTS700211: No matching federated identity record found for presented assertion issuer 'x'.",
      /--issuer 'https:\/\/oidc\.example\.com\/'/,
    ],
    [
      "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'.",
      /--subject 'system:serviceaccount:shop:web'/,
    ],
    [
      'AADSTS7002138: … The subject matches with case-insensitive comparison, but not with case-sensitive comparison.',
      /upper and lower case count/,
    ],
    [
      "AADSTS700016: Application with identifier 'CLIENT' was not found in the directory 'x'.",
      /`client-id` \(CLIENT; the client id, not the object id\)/,
    ],
    ["AADSTS90002: Tenant 'TENANT' not found.", /`tenant-id` \(TENANT\)/],
    [
      "AADSTS900023: Specified tenant identifier 'TENANT' is neither a valid DNS name, nor a valid external domain.",
      /`tenant-id` \(TENANT\)/,
    ],
    ['AADSTS700024: Client assertion is not within its valid time range.', /clock/],
    [
      'AADSTS50013: Assertion failed signature validation. [Reason - The key was not found.]',
      /must be able to fetch `https:\/\/oidc\.example\.com\/\.well-known/,
    ],
    ['AADSTS99999999: Something new.', /Check the settings `tenant-id`, `client-id` and `cloud`, and the federated credential: issuer/],
    ['', /federated credential/],
  ])('%s', (description, remedy) => {
    const error = refused(description);

    expect(error).toMatchObject({ code: 'login-refused', status: 401, canHeal: false });
    expect(error.remedy).toMatch(remedy);
  });

  it("keeps Entra ID's sentence, but not what follows it", () => {
    const { message } = refused("AADSTS90002: Tenant 'x' not found.\r\nTrace ID: 1 Correlation ID: 2 Timestamp: 3");

    expect(message).toBe(
      "Entra ID at https://login.microsoftonline.com refused the login (AADSTS90002); Azure says: Tenant 'x' not found.",
    );
  });

  it('does not invent an issuer that the token does not tell', () => {
    expect(refused('AADSTS700211: x', { ...ASSERTION, issuer: undefined }).remedy).toContain("issuer `<the cluster's issuer>`");
  });
});
