import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../../injector/providers/gcp-sm/crc32c.ts';
import { parsePayload } from '../../../../../injector/providers/gcp-sm/payload.ts';

const NAME = 'projects/123/secrets/db/versions/7';
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');
const read = (payload: object, more: object = { name: NAME }) => parsePayload({ ...more, payload: { ...payload } }, 'Google');

describe('CRC-32C', () => {
  // RFC 3720, B.4, and the usual check value.
  it.each<[string, Uint8Array, number]>([
    ['nothing', new Uint8Array(), 0],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ])('of %s', (_what, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });
});

describe('payload', () => {
  it.each(['', 'x', 'ünï\r\n\n"\u0000', '\ufeffwith a mark', '{"a":1.10}\n'])('%j is text, byte for byte', (text) => {
    const { value, version } = read({ data: base64(text), dataCrc32c: String(crc32c(Buffer.from(text))) });

    expect(value.reveal()).toEqual({ kind: 'text', text });
    expect(version).toBe('7');
  });

  it('is bytes where they are no UTF-8', () => {
    const bytes = Buffer.from([0, 0xff, 0xfe, 0x80, 0x0a]);
    const { value } = read({ data: base64(bytes), dataCrc32c: String(crc32c(bytes)) });

    expect(value.reveal()).toEqual({ kind: 'bytes', bytes });
  });

  it('is empty text when Google leaves the field out', () => {
    expect(read({}).value.reveal()).toEqual({ kind: 'text', text: '' });
  });

  it('is taken without a checksum, and with one as a number', () => {
    expect(read({ data: base64('x') }).value.reveal()).toEqual({ kind: 'text', text: 'x' });
    expect(read({ data: base64('x'), dataCrc32c: JSON.rawJSON(String(crc32c(Buffer.from('x')))) }).value.reveal().kind).toBe('text');
  });

  it.each([
    ['a wrong checksum', { data: base64('c4n4ry'), dataCrc32c: '1' }],
    ['cut base64', { data: 'YWJjZ' }],
    ['no base64', { data: '***' }],
  ])('%s may heal and is not quoted', (_what, payload) => {
    expect(() => read(payload)).toThrow(expect.objectContaining({ code: 'unavailable', message: expect.not.stringContaining('c4n4ry') }));
  });

  it.each([[[]], [{}], [{ payload: 'x' }], [{ payload: { data: true } }]])('%j is no answer of Secret Manager', (json) => {
    expect(() => parsePayload(json as never, 'Google')).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  it('has no version when Google gives no name', () => {
    expect(read({ data: '' }, {}).version).toBeUndefined();
  });
});
