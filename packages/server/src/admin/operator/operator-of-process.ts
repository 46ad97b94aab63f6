import { userInfo } from 'node:os'
import type { AuditOperator } from '../../audit/record.ts'

/** Whoever runs this process, by the operating system's word; its number where it has no name for him. */
export function operatorOfProcess(): AuditOperator {
  try {
    return { user: userInfo().username }
  } catch {
    return { user: String(process.getuid?.() ?? 'unknown') }
  }
}
