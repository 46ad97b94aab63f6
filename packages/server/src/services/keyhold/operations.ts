import type { AnyOperation } from '../../execution/define.ts'
import { createForwardedSession } from './create-forwarded-session.ts'
import { createServiceSession } from './create-service-session.ts'
import { getShredCertificate } from './get-shred-certificate.ts'

/** The operations that AWS does not have: for registered services, and about destroyed keys. */
export const KEYHOLD_OPERATIONS: readonly AnyOperation[] = [
  createForwardedSession,
  createServiceSession,
  getShredCertificate,
]
