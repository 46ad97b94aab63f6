import { memoized } from '../memoized.ts'
import { CheckBuilder } from './checks.ts'
import type { ConstraintTable } from './constraints.ts'
import { operationOf } from './model.ts'
import type { ServiceModel } from './model.ts'
import { Report } from './report.ts'

/**
 * Checks a decoded input against a model: required members, lengths, ranges, patterns and enumerations. Returns AWS's
 * message, which lists several failures in one, or nothing when the input is valid. Values of sensitive members are
 * never in it.
 */
export type Validator = (operation: string, input: object) => string | undefined

/** The validator of a service. An operation's checks are built when it is first used. */
export function validatorOf(model: ServiceModel, constraints: ConstraintTable): Validator {
  const builder = new CheckBuilder(model, constraints)
  const checkOf = memoized((operation) => builder.structure(operationOf(model, operation).input))
  return (operation, input) => {
    const report = new Report()
    checkOf(operation)(input, '', report)
    return report.message
  }
}
