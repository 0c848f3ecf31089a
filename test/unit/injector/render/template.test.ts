import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';
import { renderTemplate } from '../../../../injector/render/template/index.ts';
import type { TemplateValue } from '../../../../injector/render/template-value.ts';

const JSON_TEXT = '{ "a": {"b": "c"} }';
const ODD = '{"names":"1","valueOf":"2","toJSON":"3","constructor":"4"}';
const VALUES = new Map<string, TemplateValue>([
  [
    'db',
    { json: parseExactJson('{"user":"s3cret","n":1.0,"port":5432,"big":12345678901234567890,"none":null,"list":[1,"a"],"m":{"x":1.50}}') },
  ],
  ['host', { json: 'h<>&"' }],
  ['odd', { text: ODD, json: parseExactJson(ODD) }],
  ['sm', { text: JSON_TEXT, json: parseExactJson(JSON_TEXT) }],
]);

describe('template', () => {
  it.each<[string, string]>([
    ['<< db.user >>@<< host >>', 's3cret@h<>&"'],
    ['<< db.n >> << db.big >> << db.m.x >>', '1.0 12345678901234567890 1.50'],
    ['<< db.port | plus: 1 >> << db.n | plus: 1 >>', '5433 2'],
    ['<% if db.n > 0.5 %>more<% endif %>', 'more'],
    ['<< db.m | json >> << host | json >>', '{"x":1.50} "h<>&\\""'],
    ['<< db.list | join: "," >> << db.list.size >>', '1,a 2'],
    ['<< sm >> << sm.a.b >> << sm.a | json >>', `${JSON_TEXT} c {"b":"c"}`],
    ['<< odd.names >> << odd.valueOf >> << odd.toJSON >> << odd.constructor >> << odd >> << odd | json >>', `1 2 3 4 ${ODD} ${ODD}`],
    ['<% if db.nope %>x<% else %>none<% endif %> << db.none | default: 3 >>', 'none 3'],
    ['a\n<%- if true -%>\n b\n<%- endif %>', 'ab'],
    ['{{ helm }} {% tag %} << host | url_encode >> <% raw %><< x >><% endraw %>', '{{ helm }} {% tag %} h%3C%3E%26%22 << x >>'],
    ['<< db.user | base64_encode >>', 'czNjcmV0'],
  ])('writes %s', (template, expected) => {
    expect(renderTemplate(template, VALUES)).toEqual({ ok: true, value: expected });
  });

  it.each<[string, RegExp]>([
    ['a\n << db.usr >>', /^line 2, column 5 .* names `db\.usr`, which is not there; `db` has `user`, `n`, `port`/],
    ['<< hots >>', /there are `db`, `host`, `odd`, `sm`/],
    ['<< sm.x >>', /`sm` has `a`/],
    ['<< db.none >>', /names `db\.none`/],
    // Found by fuzzing: the library names the value that was looked for.
    ['<< db[db.user] >>', /^line 1, column 4 of the template names a key by a value, and it is not there$/],
    ['<< db[host] >>', /names a key by a value/],
    ["<< db['usr'] >>", /names `db\.usr`/],
    ['<< constructor >>', /names `constructor`/],
    ['<< db.constructor >><< db.__proto__ >>', /names `db\.constructor`/],
    ['<< db.user.constructor >>', /which is not there/],
    ['<< db >>', /prints a map/],
    ['<< db.m | append: "x" >>', /cannot be rendered/],
    ['<% include "/etc/passwd" %>', /tag "include" not found/],
    ['<% render "/etc/passwd" %>', /tag "render" not found/],
    ['<% layout "/etc/passwd" %>', /tag "layout" not found/],
    ['<% block a %><% endblock %>', /tag "block" not found/],
    ['<< host | nope >>', /undefined filter: nope/],
    ['<< host | raw >>', /undefined filter: raw/],
    ['<% if x', /not closed/],
    ['<% for i in (1..1000000000) %>x<% endfor %>', /limit of memory/],
    ['<% for i in (1..100000) %><% for j in (1..100000) %>x<% endfor %><% endfor %>', /limit of (time|memory)/],
    ['x'.repeat(200_001), /limit of length/],
  ])('refuses %.60s, naming the place and no value', (template, expected) => {
    const result = renderTemplate(template, VALUES);

    expect(result).toMatchObject({ ok: false, what: expect.stringMatching(expected) });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|5432/);
  });
});
