/** What fuzzing found, for the report. */
interface Found {
  readonly input: string;
  readonly happened: string;
  readonly fix: string;
}

export const FOUND: readonly Found[] = [
  {
    input: 'a template `<< db[user] >>` where the value of `user` is no key of `db`',
    happened: 'the message named the value of `user`, a secret',
    fix: 'a name is told only where it stands in the template itself',
  },
  {
    input: 'a `secrets` list of 131,000 brackets, colons or quotes',
    happened: 'up to 2.2 s to refuse it: an error with its stack for each, and time by the pieces of YAML rather than by length',
    fix: 'at most 12,000 pieces and 32 brackets within brackets, counted before anything is parsed; no stacks; a library that runs out of stack is a refusal',
  },
  {
    input: 'a pod with thousands of stores of its own and as many references',
    happened: 'looking for the stores that need a ServiceAccount took the product of the two',
    fix: 'one pass over each text',
  },
  {
    input: 'a pod with 64 unknown annotations',
    happened: 'an answer of 8.8 kB, at worst 41 kB, into events and logs of the API server',
    fix: 'the problems told have at most 8,000 characters together; the rest are counted',
  },
  {
    input: 'a reference with half a surrogate pair',
    happened: '`URIError` in the injector, exit code of a defect',
    fix: 'references and file names that are not valid Unicode are refused; on disk two such names would be one',
  },
  {
    input:
      'a mount path with a line break, in `/proc`, `/sys` or `/dev`, `/etc` itself, above the place of the wrapper, or with a part of 300 bytes',
    happened: 'taken; the container would not have started',
    fix: 'refused at admission, with what to write instead',
  },
  {
    input: 'an answer of a store, or a secret, that is JSON nested 10,000 deep',
    happened: '`RangeError` from the parser or, later, from what writes it',
    fix: 'more than 500 levels are not read as JSON',
  },
  {
    input: 'JMESPath `[@,@]|[@,@]|…`',
    happened: 'a result that doubles with each step: memory without bound',
    fix: 'at most 200,000 parts of a result',
  },
  {
    input: 'a PKCS#12 file that asks for 2,000,000,000 rounds of key derivation',
    happened: 'the injector would compute for hours, and its deadline could not end it',
    fix: 'more than 100,000 rounds are refused before any is computed',
  },
  {
    input: 'aliases that multiply in the file of the dev store',
    happened: 'written out without bound',
    fix: 'at most 100,000 values',
  },
  {
    input: 'an answer of Key Vault whose key type is no text, or its numbers no bytes',
    happened: '`TypeError`, exit code of a defect',
    fix: 'an answer that is no valid key',
  },
];
