import type { Command } from 'commander'
import { auditHeadCommand } from './head.ts'
import { auditQueryCommand } from './query.ts'
import { auditVerifyCertificateCommand } from './verify-certificate.ts'
import { auditVerifyCommand } from './verify.ts'
import { group } from '../shared/group.ts'

/** `keyhold audit`. */
export function auditCommands(): Command {
  return group('audit', 'read and check the audit log', [
    auditQueryCommand(),
    auditVerifyCommand(),
    auditHeadCommand(),
    auditVerifyCertificateCommand(),
  ])
}
