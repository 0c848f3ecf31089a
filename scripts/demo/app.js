// The app of the demo, as a team would write it: it opens its files when it starts. It waits for nothing and retries nothing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @param {string} name */
const env = (name) => process.env[name] ?? '';
/** @param {string} text */
const log = (text) => console.log(`${new Date().toISOString()} ${text}`);
/** @param {string | Buffer} bytes */
const proof = (bytes) => `${Buffer.byteLength(bytes)} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}…`;

const db = readFileSync(env('DB_FILE'));
log(`read db.json: ${proof(db)}`);
const apiKey = readFileSync(env('API_KEY_FILE'));
log(`read api-key: ${proof(apiKey)}`);
const { username, host, port, password } = JSON.parse(db.toString('utf8'));
log(`ready as ${username}@${host}:${port}, with a password of ${password.length} characters`);
