/**
 * What becomes of a change that the audit log has, and a database that was put back to an older state does not. Every kind of
 * change states it beside what it does, so that none can be forgotten:
 *
 * - `again`: it is made again, with what its record says. Without it, more could be allowed than before, or kept; or what comes
 *   after it could not be made again.
 * - `again where nothing is missing`: the same, but it can only allow more. It is not made again after a change that has no
 *   record, which could have forbidden it again.
 * - `lost`: its record does not have what it needs, such as key material. Without it, nothing more is allowed. The sentence
 *   tells operators what that means.
 */
export type AfterRollback = 'again' | 'again where nothing is missing' | { lost: string }
