import { describe, expect, it } from 'vitest';
import { didYouMean, didYouMeanOr, someOf } from '../../../src/issues/did-you-mean.ts';
import { type Issue, quote, renderIssues } from '../../../src/issues/issue.ts';

const issue = (key: string, message: string): Issue => ({ reason: 'invalid-annotation', key, message });

describe('renderIssues', () => {
  it('counts, and gives each problem a line', () => {
    expect(renderIssues([issue('a', 'is wrong')])).toBe('Keyfirst found a problem with this pod, so it was not created:\n- a: is wrong');
    expect(renderIssues([issue('a', 'x'), issue('b', 'y')])).toMatch(/found 2 problems[^\n]*\n- a: x\n- b: y$/);
  });

  it('shows thirty and says how many more there are', () => {
    const text = renderIssues(Array.from({ length: 32 }, (_, index) => issue(`k${index}`, 'x')));

    expect(text.split('\n')).toHaveLength(32);
    expect(text).toMatch(/- k29: x\n- and 2 more$/);
  });

  it('keeps every line short and on one line, whatever the pod calls its things', () => {
    const text = renderIssues([issue('k'.repeat(300_000), `a\nb${'m'.repeat(300_000)}`)]);

    expect(text.length).toBeLessThan(2000);
    expect(text.split('\n')).toHaveLength(2);
  });

  it('keeps the whole answer to 8000 characters, and counts what it leaves out', () => {
    const text = renderIssues(Array.from({ length: 30 }, (_, index) => issue(`k${index}`, 'm'.repeat(1200))));

    expect(text.length).toBeLessThan(8200);
    expect(text).toMatch(/\n- and 24 more$/);
  });

  it('keeps a key of 160 and a message of 1200 characters whole, and no longer ones', () => {
    const line = (key: number, message: number) => renderIssues([issue('k'.repeat(key), 'm'.repeat(message))]).split('\n')[1];

    expect(line(160, 1200)).toBe(`- ${'k'.repeat(160)}: ${'m'.repeat(1200)}`);
    expect(line(161, 1201)).toBe(`- ${'k'.repeat(159)}…: ${'m'.repeat(1199)}…`);
  });
});

describe('quote', () => {
  it('shortens to sixty characters', () => expect(quote('x'.repeat(61))).toBe(`"${'x'.repeat(57)}…"`));
  it('leaves sixty alone', () => expect(quote('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`));
});

describe('did you mean', () => {
  it('names the nearest, or nothing for what is far or endless', () => {
    expect(didYouMean('deadlin', ['deadline', 'order'])).toBe('; did you mean `deadline`?');
    expect(didYouMean('xyzzy', ['deadline', 'order'])).toBe('');
    expect(didYouMean('x'.repeat(300_000), ['x'.repeat(300_001)])).toBe('');
  });

  it('names all where none is near, but no more than twenty', () => {
    expect(didYouMeanOr('xyzzy', ['a-b-c-d', 'e-f-g-h'], 'there are')).toBe('; there are a-b-c-d, e-f-g-h');
    expect(someOf(Array.from({ length: 22 }, (_, index) => `n${index}`))).toMatch(/n19 and 2 more$/);
  });
});
