import type { Command } from 'commander'
import { group } from '../shared/group.ts'
import { renewCommand } from './renew.ts'
import { selfSignedCommand } from './self-signed.ts'

/** `keyhold cert`. */
export function certCommands(): Command {
  return group('cert', 'certificates for HTTPS in a lab', [selfSignedCommand(), renewCommand()])
}
