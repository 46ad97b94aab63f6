import type { AnyOperation } from '../../execution/define.ts'
import { createForwardedSession } from './create-forwarded-session.ts'
import { createServiceSession } from './create-service-session.ts'

/** The operations for registered services. */
export const KEYHOLD_OPERATIONS: readonly AnyOperation[] = [createForwardedSession, createServiceSession]
