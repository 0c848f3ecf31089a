/** Bugs that making the fuzzer brought to light, for the report. */
interface Found {
  /** What showed it: a run of the fuzzer, measuring how long an input takes, or reading the code for what to give it. */
  readonly by: 'run' | 'measuring' | 'reading';
  readonly input: string;
  readonly happened: string;
  readonly fix: string;
}

export const FOUND: readonly Found[] = [
  {
    by: 'run',
    input: 'a template `<< db[user] >>` where the value of `user` is no key of `db`',
    happened: 'the message named the value of `user`, a secret',
    fix: 'a name is told only where it stands in the template itself',
  },
  {
    by: 'measuring',
    input: 'a `secrets` list of 131,000 brackets, colons or quotes',
    happened: 'up to 2.2 s to refuse it: an error with its stack for each, and time by the pieces of YAML rather than by length',
    fix: 'at most 12,000 pieces and 32 brackets within brackets, counted before anything is parsed; no stacks; a library that runs out of stack is a refusal',
  },
  {
    by: 'reading',
    input: 'a pod with thousands of stores of its own and as many references',
    happened: 'looking for the stores that need a ServiceAccount took the product of the two',
    fix: 'one pass over each text',
  },
  {
    by: 'run',
    input: 'a pod with 64 unknown annotations',
    happened: 'an answer of 8.8 kB, at worst 41 kB, into events and logs of the API server',
    fix: 'the problems told have at most 8,000 characters together; the rest are counted',
  },
  {
    by: 'run',
    input: 'a reference with half a surrogate pair',
    happened: '`URIError` in the injector, exit code of a defect',
    fix: 'references and file names that are not valid Unicode are refused; on disk two such names would be one',
  },
  {
    by: 'run',
    input:
      'a mount path with a line break, in `/proc`, `/sys` or `/dev`, `/etc` itself, above the place of the wrapper, or with a part of 300 bytes',
    happened: 'taken; the container would not have started',
    fix: 'refused at admission, with what to write instead',
  },
  {
    by: 'run',
    input: 'an answer of a store, or a secret, that is JSON nested 10,000 deep',
    happened: '`RangeError` from the parser or, later, from what writes it',
    fix: 'more than 500 levels are not read as JSON',
  },
  {
    by: 'reading',
    input: 'JMESPath `[@,@]|[@,@]|…`',
    happened: 'a result that doubles with each step: memory without bound',
    fix: 'at most 100,000 parts of a result',
  },
  {
    by: 'reading',
    input: 'a PKCS#12 file that asks for 2,000,000,000 rounds of key derivation',
    happened: 'the injector would compute for hours, and its deadline could not end it',
    fix: 'more than 100,000 rounds are refused before any is computed',
  },
  {
    by: 'reading',
    input: 'aliases that multiply in the file of the dev store',
    happened: 'written out without bound',
    fix: 'at most 100,000 values',
  },
  {
    by: 'run',
    input: 'an answer of Key Vault whose key type is no text, or its numbers no bytes',
    happened: '`TypeError`, exit code of a defect',
    fix: 'an answer that is no valid key',
  },
  {
    by: 'run',
    input: 'a settings file with a setting of a store that is empty (`audience:`)',
    happened: 'the webhook did not start, with words of a library',
    fix: 'empty means the default there too',
  },
  {
    by: 'run',
    input: 'a dotenv file of a map with the key `__proto__`',
    happened: 'written, although Node reads no such variable back',
    fix: 'refused by name',
  },
  {
    by: 'run',
    input: 'a reference with a parameter whose name has hundreds of letters',
    happened: 'the message repeated the name whole',
    fix: 'names of parameters have at most 63 characters',
  },
];
