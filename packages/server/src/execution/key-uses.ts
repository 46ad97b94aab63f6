import type { KeyLastUsageTrackingOperation } from '@keyhold/protocol'
import type { KeyEntry } from '../identity/directory/directory.ts'
import type { AnyOperation } from './define.ts'
import type { Draft } from './draft.ts'
import type { Services } from './services.ts'

/** Source: AWS KMS API Reference, KeyLastUsageData: cryptographic operations, and no others. */
const TRACKED: Readonly<Record<KeyLastUsageTrackingOperation, true>> = {
  Decapsulate: true,
  Decrypt: true,
  DeriveSharedSecret: true,
  Encapsulate: true,
  Encrypt: true,
  GenerateDataKey: true,
  GenerateDataKeyPair: true,
  GenerateDataKeyPairWithoutPlaintext: true,
  GenerateDataKeyWithoutPlaintext: true,
  GenerateMac: true,
  ReEncrypt: true,
  Sign: true,
  Verify: true,
  VerifyMac: true,
}

/** Notes that an operation succeeded, as the last use of each key that it used. */
export function noteUses(
  { name }: AnyOperation,
  keys: Readonly<Record<string, KeyEntry>>,
  { timeMs: usedMs, requestId, eventId }: Draft,
  { keyUses }: Services,
): void {
  if (!isTracked(name)) return
  for (const { row } of Object.values(keys)) keyUses.note(row.id, { usedMs, operation: name, requestId, eventId })
}

function isTracked(name: string): name is KeyLastUsageTrackingOperation {
  return Object.hasOwn(TRACKED, name)
}
