import type { Target } from '../target.ts';
import { annotations, list } from './annotations.ts';
import { answers, dev } from './answers.ts';
import { certificates, derivations } from './certificates.ts';
import { config, settings } from './config.ts';
import { files } from './files.ts';
import { manifests } from './manifests.ts';
import { pods } from './pods.ts';
import { reference, storeNames } from './references.ts';
import { forms, property, template, templateBombs, variables } from './render.ts';
import { reviews } from './review.ts';
import { environment, places, scalars } from './scalars.ts';

/** Everything that reads what others wrote. */
export const TARGETS: readonly Target[] = [
  reviews,
  pods,
  annotations,
  list,
  reference,
  storeNames,
  scalars,
  places,
  settings,
  environment,
  config,
  answers,
  dev,
  property,
  template,
  templateBombs,
  forms,
  variables,
  certificates,
  derivations,
  files,
  manifests,
];
