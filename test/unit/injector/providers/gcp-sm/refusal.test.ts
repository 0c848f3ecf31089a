import { describe, expect, it } from 'vitest';
import { googlePeer } from '../../../../../injector/providers/gcp-sm/google-error.ts';
import { iamEndpoint } from '../../../../../injector/providers/gcp-sm/impersonation.ts';
import { parseName } from '../../../../../injector/providers/gcp-sm/name.ts';
import { principalOf } from '../../../../../injector/providers/gcp-sm/principal.ts';
import { readRefused } from '../../../../../injector/providers/gcp-sm/refusal.ts';
import { goodAnswer, HttpRefusal } from '../../../../../injector/providers/http/answer.ts';
import type { JsonValue } from '../../../../../injector/providers/value.ts';

const POOL = 'projects/123/locations/global/workloadIdentityPools/pool';
const PROVIDER = `${POOL}/providers/cluster`;
const POD = `principal://iam.googleapis.com/${POOL}/subject/system:serviceaccount:shop:web`;
const identity = { namespace: 'shop', serviceAccount: 'web' };
const federation = { tokenFile: '/t', workloadIdentityProvider: PROVIDER };
const direct = principalOf({ provider: 'gcp-sm', federation }, identity);
const acting = principalOf({ provider: 'gcp-sm', federation, serviceAccount: 'shop@p.iam.gserviceaccount.com' }, identity);
const gke = principalOf({ provider: 'gcp-sm' }, identity);

function refusal(status: number, json: JsonValue): HttpRefusal {
  try {
    goodAnswer({ status, headers: { 'content-type': 'application/json' }, json }, googlePeer('Google', 'http://g', 'endpoint'), 0);
  } catch (error) {
    if (error instanceof HttpRefusal) return error;
  }
  throw new Error('no refusal');
}
const error = (status: string, message: string, reason?: string): JsonValue => ({
  error: { status, message, ...(reason === undefined ? {} : { details: ['odd', { about: 'no reason' }, { reason }] }) },
});
const regional = parseName('projects/p/locations/europe-west3/secrets/db', new Map());
const name = parseName('p/db/3', new Map());

describe('principal', () => {
  it('names who must be let in', () => {
    expect(direct).toMatchObject({ pod: POD, reader: POD });
    expect(acting).toMatchObject({ pod: POD, reader: 'serviceAccount:shop@p.iam.gserviceaccount.com' });
    expect(gke.reader).toMatch(/workloadIdentityPools\/PROJECT_ID\.svc\.id\.goog\/subject\/ns\/shop\/sa\/web$/);
  });

  it('says for messages who reads', () => {
    expect(acting.identity).toBe(
      `service account shop/web, subject system:serviceaccount:shop:web, audience //iam.googleapis.com/${PROVIDER}, acting as shop@p.iam.gserviceaccount.com`,
    );
    expect(gke.identity).toBe("service account shop/web, GKE's metadata server");
  });
});

describe('refusal of a read', () => {
  it.each<[number, JsonValue, string, RegExp, RegExp]>([
    [401, error('UNAUTHENTICATED', 'bad'), 'login-refused', /access token; Google says: bad$/, /endpoint/],
    [
      403,
      error('PERMISSION_DENIED', 'no'),
      'denied',
      /projects\/p\/secrets\/db\/versions\/3 is not allowed/,
      /roles\/secretmanager\.secretAccessor --member="principal:/,
    ],
    [403, error('PERMISSION_DENIED', 'off', 'SERVICE_DISABLED'), 'denied', /switched off in project p/, /services enable secretmanager/],
    [404, error('NOT_FOUND', 'gone'), 'not-found', /no version 3/, /versions list db --project=p/],
    [
      400,
      error('FAILED_PRECONDITION', 'Secret Version [x] is in DISABLED state.'),
      'not-found',
      /is disabled/,
      /versions enable 3 --secret=db --project=p/,
    ],
    [400, error('FAILED_PRECONDITION', 'state DESTROYED'), 'not-found', /is destroyed/, /another version/],
    [400, error('FAILED_PRECONDITION', 'Cloud KMS key is DISABLED'), 'invalid', /KMS/, /console/],
    [400, error('INVALID_ARGUMENT', 'what'), 'invalid', /cannot be read; Google says: what/, /reference/],
  ])('%i %j', (status, json, code, message, remedy) => {
    const failure = readRefused(refusal(status, json), name, direct);

    expect(failure).toMatchObject({ code, status, message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) });
  });

  it.each([401, 403, 404, 400])('names subject and audience as part of the identity only, commands aside: %i', (status) => {
    const { message, remedy } = readRefused(refusal(status, error('ANY', 'x')), name, direct);

    expect(`${message}. ${remedy}`.replaceAll(/`[^`]*`/g, '')).not.toMatch(/serviceaccount:shop:web|iam\.googleapis\.com/);
  });

  it('names location and service account where there are such', () => {
    expect(readRefused(refusal(403, error('PERMISSION_DENIED', 'no')), regional, acting).remedy).toContain(
      'db --project=p --location=europe-west3 --role=roles/secretmanager.secretAccessor --member="serviceAccount:shop@p.iam.gserviceaccount.com"',
    );
  });
});

describe('IAM Credentials', () => {
  it.each([
    ['https://sts.googleapis.com', 'https://iamcredentials.googleapis.com'],
    ['https://sts-private.p.googleapis.com', 'https://iamcredentials-private.p.googleapis.com'],
    ['https://sts.europe-west3.rep.googleapis.com', 'https://iamcredentials.europe-west3.rep.googleapis.com'],
    ['https://google.example.test:8443/x', 'https://google.example.test:8443/x'],
    ['http://stsx.example.test', 'http://stsx.example.test'],
  ])('with the token service at %s is at %s', (sts, iam) => {
    expect(iamEndpoint(sts)).toBe(iam);
  });
});
