import type { Secret } from '@keyhold/protocol'
import type { Fault, Given, Origin } from './fault.ts'
import { faultOf, missing, twice } from './faults.ts'
import type { ConfigurationFile } from './file.ts'
import { secretOf } from './guarded-file.ts'
import { path, text } from './kinds.ts'
import { type Kind, WrongValue } from './kind.ts'
import {
  flagOf,
  isSecret,
  pathsOf,
  type PlainSetting,
  type SecretSetting,
  type Setting,
  type Table,
  variablesOf,
  type Verb,
} from './setting.ts'

/** What can set a setting, the strongest first. */
export interface Sources {
  /** Values of flags, by the keys of the table; of a secret, the name of its file. */
  flags: Readonly<Record<string, unknown>>
  env: NodeJS.ProcessEnv
  file?: ConfigurationFile | undefined
  /** Reads the secret text in a file. */
  readSecret(file: string): Promise<Secret>
}

export interface Settled {
  /** By the keys of the table: those of the command that have a value. */
  values: Readonly<Record<string, unknown>>
  origins: ReadonlyMap<string, Origin>
  /** All that is wrong. With any, the values are not to be used. */
  faults: readonly Fault[]
}

/**
 * Finds the value of each setting of a command: flags go before variables, those before the file, and that before defaults. A
 * value replaces those of weaker sources whole, lists too. An empty variable is as one that is not set.
 */
export async function settle(table: Table, verb: Verb, sources: Sources): Promise<Settled> {
  const values: Record<string, unknown> = {}
  const origins = new Map<string, Origin>()
  const faults: Fault[] = [...(sources.file?.faults ?? [])]
  for (const [key, setting] of Object.entries(table)) {
    if (!setting.verbs.includes(verb)) continue
    const [first, second] = given(key, setting, sources)
    if (first === undefined) {
      if (setting.required?.includes(verb)) faults.push(missing(setting, verb))
    } else if (second !== undefined) faults.push(twice(first, second))
    else {
      origins.set(key, first.origin)
      try {
        values[key] = await first.read()
      } catch (error) {
        faults.push(faultOf(first, error))
      }
    }
  }
  return { values, origins, faults }
}

/** What the strongest source says: nothing, one value, or the two of a secret that is given both ways. */
function given(key: string, setting: Setting, sources: Sources): readonly Given[] {
  const ways = isSecret(setting) ? secretWays(key, setting, sources) : plainWays(key, setting, sources)
  return ways.find((each) => each.length > 0) ?? []
}

function plainWays(key: string, setting: PlainSetting, { flags, env, file }: Sources): Given[][] {
  const { kind, default: otherwise } = setting
  return [
    fromFlag(flags[key], setting, (value) => value),
    fromVariable(env, variablesOf(setting)[0], kind, (value) => value),
    fromFile(file, setting.path, kind, (value) => value),
    otherwise === undefined ? [] : [{ origin: { from: 'default' }, read: () => otherwise }],
  ]
}

const SECRET_TEXT = text({ words: 'a secret text' })
const SECRET_FILE = path('file')

function secretWays(key: string, setting: SecretSetting, { flags, env, file, readSecret }: Sources): Given[][] {
  const [variable, fileVariable = ''] = variablesOf(setting)
  const [inFile, fileInFile = ''] = pathsOf(setting)
  const reveal = (name: unknown): Promise<Secret> => readSecret(name as string)
  return [
    fromFlag(flags[key], setting, reveal),
    [...fromVariable(env, variable, SECRET_TEXT, secretOf), ...fromVariable(env, fileVariable, SECRET_FILE, reveal)],
    [...fromFile(file, inFile, SECRET_TEXT, secretOf), ...fromFile(file, fileInFile, SECRET_FILE, reveal)],
  ]
}

function fromFlag(value: unknown, setting: Setting, use: (value: unknown) => unknown): Given[] {
  return value === undefined ? [] : [{ origin: { from: 'flag', name: flagOf(setting) }, read: () => use(value) }]
}

function fromVariable<T>(env: NodeJS.ProcessEnv, name: string, kind: Kind<T>, use: (value: T) => unknown): Given[] {
  const value = env[name]
  return value ? [{ origin: { from: 'variable', name }, read: () => use(ofVariable(value, kind)) }] : []
}

/** In Kubernetes a Service named keyhold sets KEYHOLD_PORT and others in every pod of its namespace. */
const SERVICE_LINK = /^tcp:\/\//
const SERVICE_LINK_NEXT = 'Kubernetes sets it for a Service of that name: set enableServiceLinks: false for the pod.'

function ofVariable<T>(value: string, kind: Kind<T>): T {
  try {
    return kind.fromText(value)
  } catch (error) {
    if (!(error instanceof WrongValue) || !SERVICE_LINK.test(value)) throw error
    throw new WrongValue(`${error.message} ${SERVICE_LINK_NEXT}`, error.path)
  }
}

function fromFile<T>(
  file: ConfigurationFile | undefined,
  name: string,
  kind: Kind<T>,
  use: (value: T) => unknown,
): Given[] {
  const found = file?.found.get(name)
  if (file === undefined || found === undefined) return []
  const { value, lineOf } = found
  const origin: Origin = { from: 'file', file: file.file, line: lineOf([]), name }
  return [{ origin, lineOf, read: () => use(kind.fromFile(value, file.folder)) }]
}
