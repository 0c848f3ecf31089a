import { createHash } from 'node:crypto';
import jsonPatch from 'fast-json-patch';
import { parse } from 'yaml';
import * as z from 'zod';
import { openKubelet } from './kubelet.ts';
import type { Screen } from './screen.ts';
import { diffLines } from './show-diff.ts';
import { configLines, logLines } from './show-json.ts';
import type { Stage } from './stage.ts';
import { BAD_ANNOTATIONS, makeUpSecrets, PASTED_VALUE, POD } from './story.ts';
import { timelineLines } from './timeline.ts';
import { startWebhook, type Webhook } from './webhook.ts';

type Pod = Record<string, unknown>;

/** The whole demo, in the order in which things happen to a pod. Every claim it prints is checked first; it throws when one is false. */
export async function play(stage: Stage, screen: Screen): Promise<void> {
  const { colors, say, show, heading, check } = screen;
  const secrets = makeUpSecrets();
  const pod = z.record(z.string(), z.unknown()).parse(parse(POD));
  say(colors.bold('Keyfirst: the keys arrive first, then the app starts.'));
  say(colors.dim('The webhook and the injector below are the real ones. Only the cluster and the secret store are stand-ins.'));

  heading(1, 'A pod asks for two secrets, by annotation');
  show(annotationLines());

  heading(2, 'The API server asks the webhook (over TLS), and the webhook answers with a patch that only adds');
  const webhook = await startWebhook(stage);
  const admission = await admit(webhook, pod);
  show(diffLines(pod, admission.pod, colors));
  const kubelet = openKubelet(stage, admission.pod, secrets.store);
  say('');
  show(['The variable says where the secrets are, never what they are:', ...configLines(kubelet.config).map(colors.dim)]);

  heading(3, 'The kubelet runs the new init container first: it fetches the secrets, writes the files, and ends');
  const init = await kubelet.runInitContainer();
  if (init.exitCode !== 0) {
    throw new Error(`the injector ended with exit code ${init.exitCode}: ${init.terminationMessage}${init.running.stderr()}`);
  }
  show(logLines(init.running.stdout()).map(colors.dim));
  show(['`kubectl describe pod` then says:', ...init.terminationMessage.trim().split('\n').map(colors.cyan)]);

  heading(4, 'Only then does the app start, and its first read finds everything');
  const app = await kubelet.runApp();
  if (app.exitCode !== 0) throw new Error(`the app ended with exit code ${app.exitCode}: ${app.running.stderr()}`);
  const lines = app.running.stdout().trim().split('\n');
  show(lines.map((line) => colors.cyan(line.replace(/^\S+ /, ''))));
  for (const [name, content] of Object.entries(secrets.files)) {
    if (!lines.some((line) => line.includes(`read ${name}: ${proof(content)}`))) {
      throw new Error(`the app did not read those bytes of ${name} that the store holds`);
    }
  }
  check('Both files are byte for byte what the store holds.');
  const said = [webhook, init, app].flatMap(({ running }) => [running.stdout(), running.stderr()]);
  if (secrets.values.some((value) => [admission.patch, init.terminationMessage, ...said].some((text) => text.includes(value)))) {
    throw new Error('a secret value was found in an output');
  }
  check('No value is in the patch, in a log line or in the message.');

  heading(5, 'Who ran when');
  const firstRead = Date.parse(lines[0]?.split(' ')[0] ?? '');
  if (!(app.running.started >= init.ended && firstRead >= app.running.started))
    throw new Error('the app started before its secrets were there');
  const spans = [
    { name: 'webhook', from: webhook.running.started, to: webhook.ready, note: 'started → ready' },
    { name: 'admission', from: admission.asked, to: admission.answered, note: 'pod sent → patch received' },
    { name: 'keyfirst-init', from: init.running.started, to: init.ended, note: 'started → every file in place' },
    { name: 'app', from: app.running.started, to: firstRead, note: 'started → first read' },
  ];
  show(timelineLines(spans, colors));

  heading(6, 'A pod with mistakes in its annotations is refused, and its author is told about all of them');
  show(Object.entries(BAD_ANNOTATIONS).map(([key, value]) => `${key}: ${value}`));
  show(['`kubectl apply` then says:', ...(await refuse(webhook, pod)).split('\n').map(colors.red)]);
  check('The secret that was pasted where its reference belongs is not repeated.');
}

async function admit(webhook: Webhook, pod: Pod) {
  const asked = Date.now();
  const answer = await webhook.review(pod);
  const answered = Date.now();
  if (!answer.allowed || answer.patch === undefined)
    throw new Error(`the webhook refused the pod: ${answer.status?.message ?? 'no reason'}`);
  const patch = Buffer.from(answer.patch, 'base64').toString('utf8');
  return { asked, answered, patch, pod: jsonPatch.applyPatch(structuredClone(pod), JSON.parse(patch), true).newDocument };
}

async function refuse(webhook: Webhook, pod: Pod): Promise<string> {
  const metadata = { name: 'shop', namespace: 'demo', annotations: BAD_ANNOTATIONS };
  const { allowed, status } = await webhook.review({ ...pod, metadata });
  const message = status?.message ?? '';
  if (allowed || message === '') throw new Error('the webhook did not refuse the pod with the wrong annotations');
  if (message.includes(PASTED_VALUE)) throw new Error('the refusal repeats the pasted secret');
  return message;
}

function annotationLines(): string[] {
  return POD.split('\n').flatMap((line) => (line.trim().startsWith('keyfirst.dev/') ? [line.trim()] : []));
}

function proof(content: string): string {
  return `${Buffer.byteLength(content)} bytes, sha256 ${createHash('sha256').update(content).digest('hex').slice(0, 16)}…`;
}
