/** `KEYFIRST_CONFIG` on a few lines: a key a line, and lists an item a line. */
export function configLines(config: string): string[] {
  const entries = Object.entries<unknown>(JSON.parse(config));
  const lines = entries.flatMap(([key, value], index) => {
    const comma = index === entries.length - 1 ? '' : ',';
    if (!Array.isArray(value)) return [`  ${JSON.stringify(key)}: ${oneLine(value)}${comma}`];
    const items = value.map((item, place) => `    ${oneLine(item)}${place === value.length - 1 ? '' : ','}`);
    return [`  ${JSON.stringify(key)}: [`, ...items, `  ]${comma}`];
  });
  return ['{', ...lines, '}'];
}

/** A JSON log for people: the message, then what belongs to it. */
export function logLines(output: string): string[] {
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const { msg, level, time: _time, ...fields } = Object.fromEntries(Object.entries<unknown>(JSON.parse(line)));
      const rest = Object.entries(fields).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(',') : String(value)}`);
      return [`${String(level)}  ${String(msg)}:`, ...rest].join(' ');
    });
}

function oneLine(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
}
