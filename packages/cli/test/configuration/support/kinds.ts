import {
  address,
  adminAddress,
  choice,
  duration,
  integer,
  onOff,
  path,
  size,
  text,
  toggle,
} from '../../../src/configuration/kinds.ts'
import type { Kind } from '../../../src/configuration/kind.ts'
import { list, map, objects } from '../../../src/configuration/many.ts'

/** A kind, what it accepts and what it refuses. */
interface Row {
  kind: Kind<unknown>
  /** Texts of flags and variables, with their values. */
  texts: readonly (readonly [text: string, value: unknown])[]
  wrongTexts: readonly string[]
  /** Values of a YAML file, with what is read from them. */
  values: readonly (readonly [given: unknown, value: unknown])[]
  wrongValues: readonly unknown[]
  /** Those of them that a JSON Schema cannot tell from right ones. */
  beyondSchema?: readonly unknown[]
}

const NAMES = Object.assign(Object.create(null) as object, { a: 1 })
export const CERTIFICATES = objects({ cert: path('file'), key: path('file'), names: list(text()) }, ['cert'])

export const ROWS: Readonly<Record<string, Row>> = {
  'admin address': {
    kind: adminAddress(),
    texts: [
      ['off', 'off'],
      ['unix:a.sock', 'unix:a.sock'],
    ],
    wrongTexts: ['', 'on', '80', 'unix:'],
    values: [
      ['off', 'off'],
      ['unix:a.sock', 'unix:/folder/a.sock'],
      ['[::1]:1', '[::1]:1'],
    ],
    wrongValues: [1, null, true, ['off'], {}, ''],
  },
  text: {
    kind: text({ pattern: /^[a-z]+$/, words: 'letters' }),
    texts: [['abc', 'abc']],
    wrongTexts: ['', 'a b', 'a\n', 'a'.repeat(4097)],
    values: [['abc', 'abc']],
    wrongValues: [1, null, true, ['a'], {}, ''],
  },
  integer: {
    kind: integer(1, 10),
    texts: [
      ['1', 1],
      ['10', 10],
      ['010', 10],
    ],
    wrongTexts: ['', '0', '11', '-1', '1.0', '1e1', '0x1', ' 1', '1 ', '٣', '9'.repeat(16)],
    values: [[5, 5]],
    wrongValues: ['5', 0, 11, 1.5, Number.NaN, Infinity, null, true, [5]],
  },
  choice: {
    kind: choice(['fsync', 'write']),
    texts: [['fsync', 'fsync']],
    wrongTexts: ['', 'FSYNC', 'fsync ', 'toString'],
    values: [['write', 'write']],
    wrongValues: [true, null, ['write'], 'none'],
  },
  toggle: {
    kind: toggle(),
    texts: [
      ['true', true],
      ['0', false],
    ],
    wrongTexts: ['', 'TRUE', 'enabled'],
    values: [[false, false]],
    wrongValues: ['true', 1, null],
  },
  'on or off': {
    kind: onOff(),
    texts: [
      ['on', true],
      ['off', false],
    ],
    wrongTexts: ['', 'On', '2'],
    values: [[true, true]],
    wrongValues: ['on', 0],
  },
  path: {
    kind: path('file'),
    texts: [
      ['a/b', 'a/b'],
      ['/a', '/a'],
    ],
    wrongTexts: ['', 'a\0b'],
    values: [
      ['b', '/folder/b'],
      ['../b', '/b'],
      ['/a', '/a'],
    ],
    wrongValues: [1, null, ['a']],
  },
  duration: {
    kind: duration('ms', 0, 60_000),
    texts: [
      ['500', 500],
      ['500ms', 500],
      ['30s', 30_000],
      ['1m', 60_000],
    ],
    wrongTexts: ['', '61s', '1h', '1.5s', '-1', '1 s', '30S'],
    values: [
      [5, 5],
      ['2s', 2000],
    ],
    wrongValues: [-1, 1.5, null, true, 60_001, '61s'],
    beyondSchema: ['61s'],
  },
  size: {
    kind: size('MiB', 0, 4096),
    texts: [
      ['64', 64],
      ['1GiB', 1024],
      ['2048KiB', 2],
    ],
    wrongTexts: ['', '5GiB', '1KiB', '1MB', '1M', '99999999999999TiB'],
    values: [
      [64, 64],
      ['1GiB', 1024],
    ],
    wrongValues: [null, 0.5, '1 GiB'],
  },
  addresses: {
    kind: list(address(), /,(?!mode=)/),
    texts: [
      ['127.0.0.1:1', ['127.0.0.1:1']],
      ['[::]:1,https://0.0.0.0:2', ['[::]:1', 'https://0.0.0.0:2']],
      ['unix:a,mode=0660,unix:b', ['unix:a,mode=0660', 'unix:b']],
    ],
    wrongTexts: ['', '80', 'unix:', 'unix:a,mode=0660,80'],
    values: [
      [
        ['unix:a.sock,mode=0660', '[::1]:1'],
        ['unix:/folder/a.sock,mode=0660', '[::1]:1'],
      ],
      [['unix:/run/a'], ['unix:/run/a']],
    ],
    wrongValues: ['0.0.0.0:1', [1], ['80']],
  },
  list: {
    kind: list(integer(0, 9)),
    texts: [
      ['1', [1]],
      ['1,2,1', [1, 2, 1]],
    ],
    wrongTexts: ['', '1,', ',1', '1,10', '1;2', Array(1001).fill('1').join(',')],
    values: [
      [[], []],
      [
        [1, 2],
        [1, 2],
      ],
    ],
    wrongValues: [1, '1', null, [1, 'x'], [[1]], NAMES, Array(1001).fill(1)],
  },
  map: {
    kind: map(integer(0, 9)),
    texts: [
      [
        'a=1,b=2',
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ],
    ],
    wrongTexts: ['', 'a', '=1', 'a=1,a=1', 'a=x'],
    values: [[NAMES, new Map([['a', 1]])]],
    wrongValues: [null, [], 'a=1', { a: 'x' }],
  },
  objects: {
    kind: CERTIFICATES,
    texts: [
      ['cert=a.pem,key=a.key', [{ cert: 'a.pem', key: 'a.key' }]],
      ['cert=a.pem;cert=b=c', [{ cert: 'a.pem' }, { cert: 'b=c' }]],
    ],
    wrongTexts: ['', 'key=a', 'cert=a;', 'cert=a,cert=b', 'cert', 'cert=', 'crt=a', '__proto__=a,cert=a'],
    values: [
      [[], []],
      [[{ cert: 'a', names: ['x'] }], [{ cert: '/folder/a', names: ['x'] }]],
    ],
    wrongValues: [{ cert: 'a' }, [{}], [{ cert: 1 }], [{ cert: 'a', crt: 'b' }], ['a'], [null], null],
  },
}
