import type { NamedPolicy } from '../../domain/policy/access.ts'
import { compilePolicy } from '../../domain/policy/language/compile.ts'
import type {
  CompiledPolicy,
  PolicyKind,
  PolicyRequest,
  StatementTrace,
  Verdict,
} from '../../domain/policy/language/contract.ts'
import { parsePolicy } from '../../domain/policy/language/parse.ts'
import { Work } from '../../domain/policy/language/patterns/work.ts'
import type { AwsManagedPolicy } from '../accounts/aws-policies.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'

/** What compiled documents may take together. Ordinary ones take some ten kilobytes each, and most accounts have few of them. */
const MAX_BYTES = 256 * 2 ** 20

/** What a document's text takes compiled: so much for each quotation mark, wildcard and variable, generously rounded. */
const BYTES_PER_SIGN = 300
/** Compiling takes time as it takes memory: a step of a decision for so many bytes. */
const BYTES_PER_STEP = 4

/** A policy of an identity, and whether it asks for the aliases of the key, which are looked up only then. */
export interface IdentityPolicy extends NamedPolicy {
  asksForAliases: boolean
}

/** One text, however many principals have it. */
interface Document {
  id: string
  kind: PolicyKind
  policy: BoundPolicy
  bytes: number
}

/** What is in memory of a document. */
interface Held {
  compiled: CompiledPolicy
  bytes: number
  /** Whether it was asked since it was last passed over. */
  used: boolean
}

/**
 * Compiles each text once, however many principals have it, when it is first asked. What is asked least makes room: some
 * texts take a hundred times as much compiled, and callers choose them, so that no other cache must hold what is compiled.
 */
export class CompiledPolicies {
  readonly #maxBytes: number
  /** Those that were passed over last are last. */
  readonly #held = new Map<string, Held>()
  #bytes = 0
  /** Each of AWS's own policies that somebody has: AWS's number of them is the limit. */
  readonly #ofAws = new Map<string, IdentityPolicy>()

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** What is held takes so much. */
  get bytes(): number {
    return this.#bytes
  }

  named(name: string, kind: PolicyKind, policy: BoundPolicy): NamedPolicy {
    const { text, bindings } = policy
    const id = bindings === undefined ? `${kind} ${text}` : `${kind} ${JSON.stringify(bindings)} ${text}`
    const document = { id, kind, policy, bytes: bytesOf(id) }
    return { name, policy: new PolicyOnDemand((work) => this.#compiled(document, work)) }
  }

  /**
   * One of AWS's own policies. Its ARN is enough of an id: some are 150 KB, which thousands of principals must not hold
   * copies of, and sessions not look through in every request.
   */
  ofAws({ arn, text }: AwsManagedPolicy): IdentityPolicy {
    const known = this.#ofAws.get(arn)
    if (known !== undefined) return known
    const document = { id: arn, kind: 'identity', policy: { text }, bytes: bytesOf(text) } as const
    const policy = new PolicyOnDemand((work) => this.#compiled(document, work))
    const named = { name: arn, policy, asksForAliases: asksForAliases(text) }
    this.#ofAws.set(arn, named)
    return named
  }

  /** Any other policy of a user, role or group, or one that limits a session. */
  identity(name: string, text: string): IdentityPolicy {
    return { ...this.named(name, 'identity', { text }), asksForAliases: asksForAliases(text) }
  }

  #compiled({ id, kind, policy: { text, bindings }, bytes }: Document, work: Work): CompiledPolicy {
    const known = this.#held.get(id)
    if (known !== undefined) {
      known.used = true
      return known.compiled
    }
    work.prepare(Math.ceil(bytes / BYTES_PER_STEP))
    const policy = compiled(kind, text, bindings)
    this.#held.set(id, { compiled: policy, bytes, used: false })
    this.#bytes += bytes
    this.#makeRoom()
    return policy
  }

  /** What was used since it was last looked at is looked at again later. */
  #makeRoom(): void {
    for (const [id, held] of this.#held) {
      if (this.#bytes <= this.#maxBytes) return
      this.#held.delete(id)
      if (held.used) this.#held.set(id, { ...held, used: false })
      else this.#bytes -= held.bytes
    }
  }
}

/** A document that is compiled when it is asked, as it may not be in memory any more. */
class PolicyOnDemand implements CompiledPolicy {
  readonly #compiled: (work: Work) => CompiledPolicy

  constructor(compiled: (work: Work) => CompiledPolicy) {
    this.#compiled = compiled
  }

  evaluate(request: PolicyRequest, work = new Work()): Verdict {
    return this.#compiled(work).evaluate(request, work)
  }

  trace(request: PolicyRequest, work?: Work): StatementTrace[] {
    return this.#compiled(work ?? new Work()).trace(request, work)
  }
}

/** Whether a document may name the condition key `kms:ResourceAliases`: in any case, or with escapes of JSON in it. */
export function asksForAliases(text: string): boolean {
  return /kms:resourcealiases|\\u/i.test(text)
}

function bytesOf(id: string): number {
  let signs = 0
  for (let index = 0; index < id.length; index++) if (SIGNS.has(id.charCodeAt(index))) signs += 1
  return 2 * id.length + BYTES_PER_SIGN * signs
}

/** What begins a text, or a part of one: JSON may write each of them as an escape. */
const SIGNS: ReadonlySet<number> = new Set(Array.from('"*?$\\', (sign) => sign.charCodeAt(0)))

function compiled(kind: PolicyKind, text: string, bindings: BoundPolicy['bindings']): CompiledPolicy {
  const { policy } = parsePolicy(text, kind)
  if (policy === undefined) return UNREADABLE
  return compilePolicy(policy, kind, bindings && new Map(Object.entries(bindings)))
}

/**
 * What stands for a document that this build cannot read, as only a development server of an earlier one may have stored:
 * it may have held a denial, so it denies everything.
 */
const UNREADABLE: CompiledPolicy = {
  evaluate: () => ({ deny: { index: -1 }, allow: {} }),
  trace: () => [],
}
