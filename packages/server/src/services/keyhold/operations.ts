import type { AnyOperation } from '../../execution/define.ts'
import { createForwardedSession } from './create-forwarded-session.ts'
import { createServiceSession } from './create-service-session.ts'

/** What registered services ask for. */
export const KEYHOLD_OPERATIONS: readonly AnyOperation[] = [createForwardedSession, createServiceSession]
