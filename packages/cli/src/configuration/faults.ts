import { isSystemError, systemFailure } from '../base/system-failure.ts'
import { type Fault, type Given, whereOf } from './fault.ts'
import { WrongValue } from './kind.ts'
import { flagOf, type Setting, variablesOf, type Verb } from './setting.ts'

/** What is wrong with a value that could not be read. Throws the error again if it is not about the value. */
export function faultOf({ origin, lineOf }: Given, error: unknown): Fault {
  if (error instanceof WrongValue) return { where: placeOf(origin, error.path, lineOf), message: error.message }
  if (error instanceof Error && isSystemError(error)) return { where: whereOf(origin), message: sentences(error) }
  if (error instanceof Error && error.name === 'FileError') return { where: whereOf(origin), message: error.message }
  throw error
}

function sentences(error: Parameters<typeof systemFailure>[0]): string {
  const { sentence, next } = systemFailure(error)
  return `${sentence} ${next}`.trimEnd()
}

function placeOf(origin: Given['origin'], path: WrongValue['path'], lineOf: Given['lineOf']): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  if (origin.from === 'file' && lineOf) return whereOf({ ...origin, line: lineOf(path), name: origin.name + steps })
  return whereOf(origin) + (steps === '' ? '' : ` ${steps}`)
}

/** A required setting is nowhere. */
export function missing(setting: Setting, verb: Verb): Fault {
  const ways = `${flagOf(setting)}, ${variablesOf(setting)[0]}, or ${setting.path} in the configuration file`
  return { where: setting.path, message: `keyhold ${verb} needs it: ${setting.about}. Set ${ways}.` }
}

/** A secret has two values in the same source. */
export function twice(first: Given, second: Given): Fault {
  return { where: whereOf(second.origin), message: `Set only one of it and ${whereOf(first.origin)}.` }
}
