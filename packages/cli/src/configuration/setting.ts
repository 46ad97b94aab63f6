import type { Secret } from '@keyhold/protocol'
import type { Kind } from './kind.ts'

/** The commands that have settings. */
export const VERBS = ['serve', 'dev'] as const
export type Verb = (typeof VERBS)[number]

interface Described {
  /** Its place in the configuration file: names with dots between them, such as `rates.workers`. */
  path: string
  /** The long flag without its dashes. The variable follows from it: `rate-workers` is `KEYHOLD_RATE_WORKERS`. */
  flag: string
  /** The letter of a short flag. */
  short?: string
  /** The commands that take it. Everything below `dev.` is for `dev` alone; nothing else is. */
  verbs: readonly Verb[]
  /** The commands that refuse to start without it. */
  required?: readonly Verb[]
  /** Whether `serve` takes a new value from its configuration file without a restart. */
  reload: boolean
  /** One phrase for people, without a full stop: the help shows it. */
  about: string
}

/** A row of the table of settings. Unless it has a default, it can be absent. */
export interface PlainSetting<T = unknown> extends Described {
  kind: Kind<T>
  default?: T
  /** What happens without it, where there is no default. */
  otherwise?: string
}

/**
 * A secret text. It has no flag, because all users of a machine see the arguments of processes: its flag, a second variable and a second
 * name in the file, `…-file`, `…_FILE` and `…File`, name a file that contains it. A line break at the end of the file does not count.
 */
export interface SecretSetting extends Described {
  secret: true
}

export type Setting = PlainSetting | SecretSetting
export type Table = Readonly<Record<string, Setting>>

/** The values of a table's settings for a command, by their keys. */
export type Values<T extends Table, V extends Verb> = {
  [K in keyof T as V extends T[K]['verbs'][number] ? K : never]: ValueOf<T[K], V>
}

type ValueOf<S, V extends Verb> = S extends { secret: true }
  ? Secret | undefined
  : S extends { kind: Kind<infer T> }
    ? S extends { default: unknown }
      ? T
      : S extends { required: readonly (infer R)[] }
        ? V extends R
          ? T
          : T | undefined
        : T | undefined
    : never

export function isSecret(setting: Setting): setting is SecretSetting {
  return 'secret' in setting
}

/** The long flag, as it is typed. */
export function flagOf(setting: Setting): string {
  return isSecret(setting) ? `--${setting.flag}-file` : `--${setting.flag}`
}

/** The variables: that of the value and, for a secret, that of the file which contains it. */
export function variablesOf(setting: Setting): readonly [value: string] | readonly [value: string, file: string] {
  const name = `KEYHOLD_${setting.flag.toUpperCase().replaceAll('-', '_')}`
  return isSecret(setting) ? [name, `${name}_FILE`] : [name]
}

/** The paths in a configuration file: that of the value and, for a secret, that of the file which contains it. */
export function pathsOf(setting: Setting): readonly [value: string] | readonly [value: string, file: string] {
  return isSecret(setting) ? [setting.path, `${setting.path}File`] : [setting.path]
}
