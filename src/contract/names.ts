/**
 * The names Keyfirst reserves in a pod and the paths it uses inside its own container.
 * They are part of the public contract: policies, docs and the injector rely on them.
 */

/** Prefix of every annotation and label of Keyfirst. */
export const ANNOTATION_PREFIX = 'keyfirst.dev/';

/** The webhook's mark on a pod it has completed; on input it is ignored. */
export const STATUS_ANNOTATION = 'keyfirst.dev/status';

export const INIT_CONTAINER = 'keyfirst-init';
/** Second init container that proves `fileKeyRef` on the node. */
export const CHECK_CONTAINER = 'keyfirst-check';

/** In-memory volume that holds the secret files. */
export const SECRETS_VOLUME = 'keyfirst-secrets';
/** In-memory volume for variables by `fileKeyRef`; only our container mounts it, the kubelet reads it. */
export const ENV_VOLUME = 'keyfirst-env';
/** Projected service account tokens, mounted only in our container. */
export const IDENTITY_VOLUME = 'keyfirst-identity';
/** The injector's image as a volume, where containers take the wrapper from it. */
export const WRAPPER_VOLUME = 'keyfirst-bin';
/** ConfigMaps a store needs (extra CAs, the dev store's values); the store's name follows. */
export const CA_VOLUME_PREFIX = 'keyfirst-ca-';
export const DEV_VOLUME_PREFIX = 'keyfirst-dev-';

/** The one environment variable of our container. */
export const CONFIG_VARIABLE = 'KEYFIRST_CONFIG';

/** Where our own container mounts things; app containers use `mount-path`. */
export const SECRETS_DIRECTORY = '/keyfirst/secrets';
export const ENV_DIRECTORY = '/keyfirst/env';
export const IDENTITY_DIRECTORY = '/keyfirst/identity';
export const CA_DIRECTORY = '/keyfirst/ca';
export const DEV_DIRECTORY = '/keyfirst/dev';
/** Key of the dev store's ConfigMap, hence the file's name. */
export const DEV_FILE = 'secrets.yaml';

/** Kubernetes' default; the kubelet copies its content into the pod's status. */
export const TERMINATION_LOG = '/dev/termination-log';

/** Folder beside the files of a volume or view that belongs to Keyfirst: the list of variables and the wrapper that reads it. */
export const EXEC_FOLDER = '.keyfirst';
export const VARIABLES_FILE = `${EXEC_FOLDER}/env`;
export const WRAPPER_FILE = `${EXEC_FOLDER}/exec`;
/** Where the injector's image holds the wrapper, and containers see it that take it from the image. */
export const WRAPPER_DIRECTORY = '/keyfirst/bin';
export const WRAPPER_NAME = 'keyfirst-exec';

/** File and variable in the variables' volume whose only purpose is the proof that the kubelet reads such files. */
export const CHECK_VARIABLE = 'KEYFIRST_CHECK';
