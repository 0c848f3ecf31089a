import { Drop, Liquid, type Template } from 'liquidjs';
import { ExactNumber, type PlainObject, type PlainValue, plainObject, toPlain } from '../exact-number.ts';
import { bad, type Result } from '../result.ts';
import type { TemplateValue } from '../template-value.ts';
import { templateProblem } from './template-problem.ts';

/** Characters of a template; the whole configuration has 131,000 bytes. */
const PARSE_LIMIT = 200_000;
/** Milliseconds of one rendering, and the library's units of memory: about the characters and list items it makes. */
const RENDER_LIMIT = 2_000;
const MEMORY_LIMIT = 20_000_000;
/** They read files, or belong to those that do. */
const FORBIDDEN_TAGS = ['include', 'render', 'layout', 'block'];

/** The text of a LiquidJS template with the delimiters `<< >>` and `<% %>`; the names are those of `values`. */
export function renderTemplate(template: string, values: ReadonlyMap<string, TemplateValue>): Result<string> {
  const scope = plainObject([]);
  for (const [name, { json, text }] of values)
    Object.assign(scope, { [name]: text === undefined ? withoutNulls(toPlain(json)) : new JsonText(text, json) });
  const liquid = createEngine();
  let parsed: Template[];
  try {
    parsed = liquid.parse(template);
  } catch (error) {
    return templateProblem(error, scope, template, true);
  }
  try {
    const text: unknown = liquid.renderSync(parsed, scope);
    return typeof text === 'string' ? { ok: true, value: text } : bad('the template gives no text', 'Please report this.');
  } catch (error) {
    return templateProblem(error, scope, template, false);
  }
}

function createEngine(): Liquid {
  const liquid = new Liquid({
    outputDelimiterLeft: '<<',
    outputDelimiterRight: '>>',
    tagDelimiterLeft: '<%',
    tagDelimiterRight: '%>',
    strictFilters: true,
    strictVariables: true,
    // `<% if db.port %>` and `| default: 5432` may ask for what is not there.
    lenientIf: true,
    ownPropertyOnly: true,
    parseLimit: PARSE_LIMIT,
    renderLimit: RENDER_LIMIT,
    memoryLimit: MEMORY_LIMIT,
    // Not even by a tag that we forgot: no file is looked up.
    templates: {},
    dynamicPartials: false,
    timezoneOffset: 0,
    locale: 'en-US',
    outputEscape,
  });
  for (const tag of FORBIDDEN_TAGS) delete liquid.tags[tag];
  // It would switch `outputEscape` off.
  delete liquid.filters.raw;
  return liquid;
}

/** A map as text would be `[object Object]`: refused. Everything else is printed as it is. */
function outputEscape(value: unknown): string {
  if (value instanceof JsonText) return JsonText.textOf(value);
  if (Array.isArray(value)) return value.map(outputEscape).join('');
  if (value === null || value === undefined) return '';
  if (value instanceof ExactNumber) return value.toString();
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new MapInOutput();
}

/** Text that is a JSON object, as stores without maps keep it: prints as the text, and its keys are properties of its own. */
class JsonText extends Drop {
  readonly #text: string;

  constructor(text: string, json: TemplateValue['json']) {
    super();
    this.#text = text;
    const map = withoutNulls(toPlain(json));
    // Own ones, so that a key may have the name of a method.
    for (const [name, value] of Object.entries(isObject(map) ? map : {})) Object.defineProperty(this, name, { value, enumerable: true });
  }

  override valueOf(): string {
    return this.#text;
  }

  /** Like `valueOf`, which a key may hide. */
  static textOf(one: JsonText): string {
    return one.#text;
  }
}

class MapInOutput extends Error {
  override readonly name = 'MapInOutput';
}

/** A null counts as absent, as it does for a property. */
function withoutNulls(value: PlainValue): PlainValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return plainObject(Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, withoutNulls(member)] as const])));
}

function isObject(value: PlainValue): value is PlainObject {
  return Object.prototype.toString.call(value) === '[object Object]';
}
