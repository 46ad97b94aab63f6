import { type Input, type Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import { epochSeconds } from '../../../domain/policy/language/values/instant.ts'
import { saidOr } from '../../../domain/policy/request-facts.ts'
import { privateKeyOf } from '../../../crypto/asymmetric/key-pair.ts'
import { givenMaterialId } from '../../../crypto/given-material-id.ts'
import { importMaterial } from '../../../crypto/import/import.ts'
import { publicHalfOfMaterial } from '../../../crypto/key-material.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { hasLapsed } from '../../../domain/keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { wrappedSizeFits } from '../../../domain/keys/wrapping.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { putImportedMaterial } from './imported-material.ts'
import { type MaterialEntry, materialsOf } from '../keys/material-rows.ts'
import { beginWait } from '../../../vault/records/waits.ts'
import { copyOf } from '../../../execution/chosen.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { openImportToken } from './import-token.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import { importTypeFault, requirePlace, validityFault } from './import-rules.ts'
import { managedKey } from '../targets.ts'

/** The default. Source: AWS KMS API Reference, ImportKeyMaterial. */
const USUAL_MODEL = 'KEY_MATERIAL_EXPIRES'

export const importKeyMaterial = operation<'ImportKeyMaterial', 'key'>({
  name: 'ImportKeyMaterial',
  summary:
    'Imports key material into a KMS key that was created without it, or imports its earlier key material again.',
  readOnly: false,
  afterRollback: { lost: 'The material is not in the database: its owner imports it again.' },
  keys: {
    key: {
      ...managedKey<'ImportKeyMaterial'>(STATE_RULES.importMaterial),
      origin: 'EXTERNAL',
      conditions: ({ ExpirationModel, ValidTo }) => ({
        'kms:expirationmodel': saidOr(ExpirationModel, USUAL_MODEL),
        'kms:validto': ValidTo && epochSeconds(ValidTo.getTime()),
      }),
    },
  },
  crossAccount: 'no',
  grantable: false,
  // Importing what is there again, with an early end, destroys it.
  quorum: {
    protection: 'DESTRUCTION',
    concerns: (_rule, { input, keys }) => keys.some(({ imported }) => imported !== undefined) && expires(input),
    fresh: { input: ['ImportToken', 'EncryptedKeyMaterial'], answer: ['KeyMaterialId'] },
  },
  rate: 15,
  audit: {
    request: ['KeyId', 'ValidTo', 'ExpirationModel', 'ImportType', 'KeyMaterialDescription', 'KeyMaterialId'],
    response: ['KeyId', 'KeyMaterialId'],
    defaults: { ExpirationModel: USUAL_MODEL },
  },

  async run(call) {
    const { input, keys, services, changes, nowMs } = call
    const fault = importTypeFault(keys.key.value, input) ?? validityFault(input, nowMs)
    if (fault) throw fault
    const secret = await unwrapped(call)
    const materials = await materialsOf(keys.key.value, services)
    const materialId = idOf(keys.key.value, secret, materials)
    const known = materials.filter(({ value }) => !hasLapsed(keys.key.value, value, nowMs))
    const place = requirePlace(keys.key.value, known, materialId, input)
    const record = await expiring(materialRecord(input, materialId, place, nowMs), call)
    await putImportedMaterial(keys.key, materials, { record, secret }, { ...services, nowMs, changes })
    return { KeyId: keyArn(keys.key.value), KeyMaterialId: materialId }
  },
})

/** Unwraps the material and returns it in its stored format. It is wiped when the request ends. */
async function unwrapped(call: Call<'ImportKeyMaterial', 'key'>): Promise<Secret> {
  const { input, caller, keys, services, nowMs } = call
  if (services.chosen?.material) return copyOf(services.chosen.material)
  const { key } = keys
  const { ImportToken, EncryptedKeyMaterial: wrapped } = input
  const { parameters, privateKey } = await openImportToken(key.value, ImportToken, nowMs, services.hierarchy)
  const { wrappingKeySpec, wrappingAlgorithm: algorithm } = parameters
  const wrappingKey = privateKeyOf(keySpec(wrappingKeySpec), privateKey)
  if (!wrappedSizeFits(wrapped.byteLength, wrappingKeySpec, algorithm)) throw wrongSize()
  const spec = keySpec(key.value.spec)
  const request = { spec, wrappingKey, algorithm, wrapped }
  const material = await call.once(() => importMaterial(request, threadsOf(caller, services)))
  if (typeof material !== 'string') return material
  throw serviceError(material === 'wrapping' ? 'InvalidCiphertextException' : 'IncorrectKeyMaterialException')
}

/**
 * Returns the id of imported material. A key pair that was imported before keeps its id. Two pairs are equal if their
 * public halves are, in whatever form the private keys were sent, to this build or to an earlier one.
 */
function idOf({ spec, keyId }: KeyRecord, secret: Secret, materials: readonly MaterialEntry[]): string {
  const half = publicHalfOfMaterial(keySpec(spec), secret)
  const text = half && Buffer.from(half).toString('base64')
  const same = materials.find(({ value: { publicKey } }) => publicKey !== undefined && publicKey === text)
  return same?.value.materialId ?? givenMaterialId(secret, keyId)
}

/** Returns the record with the waiting period before its deletion, if it expires. */
async function expiring(
  record: MaterialRecord,
  { nowMs, services, changes }: Call<'ImportKeyMaterial', 'key'>,
): Promise<MaterialRecord> {
  const { imported } = record
  if (imported?.validToMs === undefined) return record
  const expiryWait = await beginWait(imported.validToMs - nowMs, nowMs, services, changes)
  return { ...record, imported: { ...imported, expiryWait } }
}

/**
 * Returns the new record of the material. It keeps its creation dates, and its description unless a new one is given;
 * everything else is replaced.
 */
function materialRecord(
  input: Input<'ImportKeyMaterial'>,
  materialId: string,
  { before, becomesCurrent }: { before?: MaterialRecord; becomesCurrent: boolean },
  nowMs: number,
): MaterialRecord {
  const { KeyMaterialDescription, ValidTo } = input
  const description = KeyMaterialDescription ?? before?.imported?.description
  return {
    materialId,
    createdMs: nowMs,
    ...before,
    ...(becomesCurrent && { currentSinceMs: nowMs }),
    imported: {
      present: true,
      ...(description !== undefined && { description }),
      ...(expires(input) && ValidTo && { validToMs: ValidTo.getTime() }),
    },
  }
}

function expires({ ExpirationModel = USUAL_MODEL }: Pick<Input<'ImportKeyMaterial'>, 'ExpirationModel'>): boolean {
  return ExpirationModel === 'KEY_MATERIAL_EXPIRES'
}

function wrongSize(): ServiceError {
  return serviceError('ValidationException', 'Invalid encrypted key size.')
}
