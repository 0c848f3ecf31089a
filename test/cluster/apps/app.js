// As main.go does.
const { createHash } = require('node:crypto');

const names = process.argv.slice(2);
if (names.includes('--wait')) {
  const alive = setInterval(() => undefined, 60_000);
  process.on('SIGTERM', () => {
    console.log('SIGTERM');
    clearInterval(alive);
  });
}
for (const name of names.filter((word) => word !== '--wait')) {
  const value = process.env[name];
  console.log(name, value === undefined ? 'unset' : createHash('sha256').update(value).digest('base64'));
}
console.log(`pid ${process.pid}\ndone`);
