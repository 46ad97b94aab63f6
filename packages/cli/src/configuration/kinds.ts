import { resolve } from 'node:path'
import { expected, type Kind } from './kind.ts'

/** A text. `pattern` is anchored by its author; `words` says what it accepts. */
export function text(
  options: { placeholder?: string; words?: string; pattern?: RegExp; maxLength?: number } = {},
): Kind<string> {
  const { placeholder = 'text', words = 'a text', pattern = /^[^]+$/, maxLength = 4096 } = options
  const fromText = (value: string): string => {
    if (value.length <= maxLength && pattern.test(value)) return value
    throw expected(words)
  }
  return {
    placeholder,
    words,
    schema: { type: 'string', minLength: 1, maxLength, ...(options.pattern && { pattern: options.pattern.source }) },
    fromText,
    fromFile: (value) => fromText(stringOf(value, words)),
    toText: String,
    shown: (value) => value,
  }
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number, placeholder = 'number'): Kind<number> {
  const words = `a whole number from ${min} to ${max}`
  const checked = (value: unknown): number => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw expected(words)
  }
  return {
    placeholder,
    words,
    schema: { type: 'integer', minimum: min, maximum: max },
    fromText: (value) => checked(decimal(value)),
    fromFile: checked,
    toText: String,
    shown: (value) => value,
  }
}

/** One of these words. */
export function choice<const T extends string>(choices: readonly T[], placeholder = 'word'): Kind<T> {
  const words = choices.length === 1 ? choices[0]! : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)!}`
  const fromText = (value: string): T => {
    const found = choices.find((each) => each === value)
    if (found !== undefined) return found
    throw expected(words)
  }
  return {
    placeholder,
    words,
    choices,
    schema: { enum: choices },
    fromText,
    fromFile: (value) => fromText(stringOf(value, words)),
    toText: String,
    shown: (value) => value,
  }
}

const YES = ['on', 'true', 'yes', '1']
const NO = ['off', 'false', 'no', '0']

/** True or false. Its flag has no value: `--enforce`, and `--no-enforce` against a variable or a file. */
export function toggle(): Kind<boolean> {
  return {
    words: 'true or false',
    schema: { type: 'boolean' },
    fromText: (value) => truth(value, 'true or false'),
    fromFile: (value) => {
      if (typeof value === 'boolean') return value
      throw expected('true or false')
    },
    toText: String,
    shown: (value) => value,
  }
}

/** True or false, with a flag that has a value: `--rates off`. */
export function onOff(): Kind<boolean> {
  return {
    ...toggle(),
    placeholder: 'on|off',
    choices: ['on', 'off'],
    fromText: (value) => truth(value, 'on or off'),
    toText: (value) => (value ? 'on' : 'off'),
  }
}

/** A path. In a file it is relative to the folder of the file; on the command line, to the working folder. */
export function path(placeholder: 'file' | 'dir'): Kind<string> {
  const words = placeholder === 'file' ? 'the name of a file' : 'the name of a folder'
  const base = text({ placeholder, words, pattern: /^[^\0]+$/ })
  return {
    ...base,
    schema: { type: 'string', minLength: 1 },
    paths: (value) => [{ path: value, is: placeholder }],
    fromFile: (value, folder) => resolve(folder, base.fromFile(value, folder)),
  }
}

const ADDRESS_FORMS = 'HOST:PORT with an IP address, such as 0.0.0.0:8443 or [::]:8443, or unix:PATH'
const UNIX = 'unix:'

/** An address to listen on. The server reads it; here only its form is looked at, and the path of a Unix socket is resolved. */
export function address(): Kind<string> {
  return withSocket({ words: ADDRESS_FORMS, pattern: /^(?:unix:[^]+|(?:https?:\/\/)?[^/\s]+:\d{1,5})$/ })
}

/** The address of the admin listener, likewise, or `off`. */
export function adminAddress(): Kind<string> {
  return withSocket({ words: 'HOST:PORT, unix:PATH or off', pattern: /^(off|unix:.+|\S+:\d{1,5})$/, maxLength: 300 })
}

function withSocket(form: { words: string; pattern: RegExp; maxLength?: number }): Kind<string> {
  const base = text({ placeholder: 'address', ...form })
  const fromFile = (value: unknown, folder: string): string => {
    const read = base.fromFile(value, folder)
    return read.startsWith(UNIX) ? UNIX + resolve(folder, read.slice(UNIX.length)) : read
  }
  return { ...base, fromFile }
}

/** A path to write to. It need not exist. */
export function written(): Kind<string> {
  return { ...path('file'), paths: () => [] }
}

/** A path to write to, or `-` for standard output. It need not exist. */
export function output(): Kind<string> {
  const base = path('file')
  const fromFile = (value: unknown, folder: string): string => (value === '-' ? value : base.fromFile(value, folder))
  return { ...base, words: 'the name of a file, or -', fromFile, paths: () => [] }
}

const DURATIONS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const SIZES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

/** A length of time such as `90s`, as a number of `unit`; a number alone counts in it. */
export function duration(unit: keyof typeof DURATIONS, min: number, max: number): Kind<number> {
  return measure(DURATIONS, { unit, min, max, placeholder: unit, example: '30s' })
}

/** A number of bytes such as `1GiB`, as a number of `unit`; a number alone counts in it. */
export function size(unit: keyof typeof SIZES, min: number, max: number): Kind<number> {
  return measure(SIZES, { unit, min, max, placeholder: unit, example: '1GiB' })
}

interface Measure<U extends string> {
  unit: U
  min: number
  max: number
  placeholder: string
  example: string
}

function measure<const U extends string>(units: Readonly<Record<U, number>>, wanted: Measure<U>): Kind<number> {
  const { unit, min, max, placeholder, example } = wanted
  const names = Object.keys(units)
  const words = `a whole number of ${unit} from ${min} to ${max}, or one with a unit, such as ${example}`
  const pattern = new RegExp(`^(\\d{1,15})(${names.join('|')})?$`)
  const fromText = (value: string): number => {
    const [, digits = '', named = unit] = pattern.exec(value) ?? []
    const number = (decimal(digits) * units[named as U]) / units[unit]
    if (Number.isSafeInteger(number) && number >= min && number <= max) return number
    throw expected(words)
  }
  return {
    placeholder,
    words,
    schema: {
      oneOf: [
        { type: 'integer', minimum: min, maximum: max },
        { type: 'string', pattern: `^\\d{1,15}(${names.join('|')})?$` },
      ],
    },
    fromText,
    fromFile: (value) => fromText(typeof value === 'number' ? String(value) : stringOf(value, words)),
    toText: String,
    shown: (value) => value,
  }
}

function truth(value: string, words: string): boolean {
  if (YES.includes(value)) return true
  if (NO.includes(value)) return false
  throw expected(words)
}

/** No number for anything but decimal digits: `1e3`, `0x10` and ` 5` are typing errors more often than meant. */
function decimal(value: string): number {
  return /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
}

function stringOf(value: unknown, words: string): string {
  if (typeof value === 'string') return value
  throw expected(words)
}
