import type { HttpRefusal } from '../http/answer.ts';
import { ProviderError } from '../provider-error.ts';
import { refusalOf } from './google-error.ts';
import type { SecretName } from './name.ts';
import type { Principal } from './principal.ts';

/** What a refusal of a read means. Source: cloud.google.com/apis/design/errors, Secret Manager's troubleshooting. */
export function readRefused(error: HttpRefusal, name: SecretName, { pod, reader }: Principal): ProviderError {
  const { project, location, secret, version, resource } = name;
  const { status, words } = error;
  const google = refusalOf(error);
  const where = `${secret} --project=${project}${location === undefined ? '' : ` --location=${location}`}`;
  if (status === 401) {
    return new ProviderError('login-refused', `Google does not accept the pod's access token${words}`, {
      status,
      remedy: `Check that this identity still exists, and the settings \`endpoint\` and \`sts-endpoint\`: both must be of the same cloud.`,
    });
  }
  if (google.reason === 'SERVICE_DISABLED') {
    return new ProviderError('denied', `the Secret Manager API is switched off in project ${project}${words}`, {
      status,
      remedy: `Switch it on: \`gcloud services enable secretmanager.googleapis.com --project=${project}\`.`,
    });
  }
  if (status === 403) {
    return new ProviderError('denied', `reading ${resource} is not allowed${words}`, {
      status,
      remedy: `Give ${reader === pod ? 'the pod' : 'the service account it acts as'} the role: \`gcloud secrets add-iam-policy-binding ${where} --role=roles/secretmanager.secretAccessor --member="${reader}"\`. Google answers the same when the secret does not exist.`,
    });
  }
  if (status === 404) {
    return new ProviderError('not-found', `no version ${version} of a secret at ${resource}${words}`, {
      status,
      remedy: `Check project${location === undefined ? '' : ', location'} and name: \`gcloud secrets versions list ${where}\` must show it.`,
    });
  }
  if (
    google.status === 'FAILED_PRECONDITION' &&
    /\b(DISABLED|DESTROYED)\b/i.test(google.message ?? '') &&
    !/kms/i.test(google.message ?? '')
  ) {
    const destroyed = /\bDESTROYED\b/i.test(google.message ?? '');
    return new ProviderError('not-found', `version ${version} of ${secret} is ${destroyed ? 'destroyed' : 'disabled'}${words}`, {
      status,
      remedy: destroyed
        ? 'Name another version, or add a new one.'
        : `Enable it (\`gcloud secrets versions enable ${version} --secret=${where}\`), or name another version; \`latest\` is the newest one, enabled or not.`,
    });
  }
  return new ProviderError('invalid', `${resource} cannot be read${words}`, {
    status,
    remedy: 'Check the reference, and the secret in the Google Cloud console.',
  });
}
