// Plain JavaScript without dependencies: on a fresh machine this is the first thing that runs, on whatever Node is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;

/** Something that the person at the keyboard must mend; the message says how. */
export class BootstrapError extends Error {}

/**
 * Makes sure that the dependencies of package-lock.json are installed, the project's own Node among them, and returns the
 * path of that Node. Throws `BootstrapError`. `quiet`: says nothing while it installs.
 *
 * @param {{ quiet?: boolean, root?: string }} [options]
 * @returns {string}
 */
export function bootstrap({ quiet = false, root = fileURLToPath(new URL('..', import.meta.url)) } = {}) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE) {
    throw new BootstrapError(`Keyfirst needs Node ${OLDEST_NODE} or later to start with, and this is ${process.versions.node}.`);
  }
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  const installed = isInstalled(root);
  if (installed && runs(node)) return node;

  if (npm(root, ['config', 'get', 'ignore-scripts']).stdout.trim() === 'true') {
    const command = installed ? 'npm rebuild node esbuild' : 'npm install --no-save';
    throw new BootstrapError(
      'npm is set to ignore install scripts (ignore-scripts=true), but two dependencies need theirs: `node`, which brings\n' +
        `the Node that Keyfirst runs on, and \`esbuild\`. Allow them for this once, then start again:\n\n  ${command} --ignore-scripts=false`,
    );
  }
  if (!quiet) console.log('Installing the dependencies with npm; the first time takes about a minute …');
  const started = Date.now();
  // Not `npm ci`: it refuses to start where a registry lacks a package for another platform. Nothing is saved, so the
  // checkout stays clean, and the versions are those of package-lock.json all the same.
  if (!installed) run(root, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!runs(node)) run(root, ['rebuild', 'node', 'esbuild', '--loglevel=error']);
  if (!runs(node)) {
    throw new BootstrapError(
      "npm did not bring the project's own Node: the install script of the package `node` did not run, or not to its end.\n" +
        'See why with:\n\n  npm rebuild node --ignore-scripts=false --foreground-scripts',
    );
  }
  if (!quiet) console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
  return node;
}

/**
 * @param {string} root
 * @param {string[]} args
 */
function run(root, args) {
  const { status, output } = npm(root, args);
  if (status !== 0) throw new BootstrapError(`\`npm ${args.join(' ')}\` failed:\n\n${output.trim()}`);
}

/**
 * Whether node_modules holds exactly what package-lock.json says; npm keeps a list of what it installed there.
 *
 * @param {string} root
 */
function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const installed = present[path];
    // Packages for other platforms are listed, and rightly absent.
    if (installed === undefined) return entry.optional === true || entry.devOptional === true;
    return installed.version === entry.version && installed.integrity === entry.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether this Node starts; one that was installed for another kind of machine does not.
 *
 * @param {string} node
 */
function runs(node) {
  return existsSync(node) && spawnSync(node, ['--version']).status === 0;
}

/**
 * npm on the Node that the machine has: under `npm run`, PATH begins with the project's own, which npm is about to replace.
 *
 * @param {string} root
 * @param {string[]} args
 */
function npm(root, args) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder));
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: path.join(delimiter) },
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw new BootstrapError(`npm does not start (${error.message}). Keyfirst installs its dependencies with it.`);
  return { status, stdout, output: stdout + stderr };
}
