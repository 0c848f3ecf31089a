/** Values that break careless code, by name. Each is a property of `secret/awkward` in Vault. */
export const AWKWARD: Readonly<Record<string, string>> = {
  plain: 'correct horse battery staple',
  quotes: `He said "it's" \`x\` \\ \\" <end>`,
  // The kubelet expands $(NAME) of every variable it knows, and `$$`; a shell expands the rest.
  dollars: '$(KUBERNETES_SERVICE_HOST) $$ $$(HOME) ${HOME} $HOME %s',
  lines: 'first\nsecond\n\n',
  'carriage-returns': 'first\r\nsecond\r\n',
  unicode: '\ufeffpässwörd → 鍵 🔑 \u0000 \u2028 e\u0301',
  blanks: '  \t surrounded \t ',
  markup: '{"a": [1, {"b": "<< c >>"}]} # - %{d} {{e}}',
  large: Array.from({ length: 1024 }, (_, line) => `${String(line).padStart(4, '0')} ${'0123456789abcdef'.repeat(4).slice(0, 58)}\n`).join(
    '',
  ),
};

/** A secret whose path and property a careless program would expand. */
export const DOLLAR_PATH = 'shop/$(KUBERNETES_SERVICE_HOST)/$$db';
export const DOLLAR_PROPERTY = 'pass$$word$(HOME)';
/** A mount of the auth method likewise: a setting. */
export const DOLLAR_AUTH_PATH = 'kube$(KUBERNETES_SERVICE_HOST)$$x';

/** Everything that the tests read, as set up before them: path below `secret/` (KV version 2) to data. */
export const SECRETS: Readonly<Record<string, object>> = {
  awkward: AWKWARD,
  'shop/db': { username: 'shop', password: 'correct horse battery staple', empty: '', text: 'no json {' },
  [DOLLAR_PATH]: { [DOLLAR_PROPERTY]: 'found through dollars' },
  'private/db': { password: 'nobody may read this' },
};
