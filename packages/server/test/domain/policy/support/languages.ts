import { compilePolicy } from '../../../../src/domain/policy/language/compile.ts'
import type { CompiledPolicy, PolicyKind } from '../../../../src/domain/policy/language/contract.ts'
import { parsePolicy } from '../../../../src/domain/policy/language/parse.ts'
import { fakePolicy } from './fake-policy.ts'
import type { Compile, Document, Statement } from './world.ts'

/** What compiles the documents of situations, by name. */
export const LANGUAGES: readonly (readonly [name: string, compile: Compile])[] = [
  ['with a stand-in for the policy language', fakePolicy],
  ['with the policy language', realPolicy],
]

/** A policy needs a statement: this one applies to no principal in any situation. */
const INERT: Statement = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:user/absent' },
  Action: 'kms:EnableKey',
  Resource: '*',
}

const compiled = new Map<string, CompiledPolicy>()

function realPolicy(document: Document, kind: PolicyKind): CompiledPolicy {
  const text = JSON.stringify(document.Statement.length > 0 ? document : { ...document, Statement: [INERT] })
  const known = compiled.get(kind + text) ?? compileText(text, kind)
  compiled.set(kind + text, known)
  return known
}

function compileText(text: string, kind: PolicyKind): CompiledPolicy {
  const { policy, fault } = parsePolicy(text, kind)
  if (fault) throw new Error(`${fault.path}: ${fault.message} in ${text}`)
  return compilePolicy(policy, kind)
}
