import { type Input, type KeySpec as KeySpecName, Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import { acceptChosen } from '../../../crypto/import/chosen-material.ts'
import { isKeyId } from '../../../domain/keys/identifiers.ts'
import { isMultiRegionKeyId } from '../../../domain/keys/multi-region.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Chosen } from '../../../execution/chosen.ts'
import type { Call } from '../../../execution/define.ts'
import { threadsOf } from '../../../execution/threads-of.ts'

/** The tags by which users of LocalStack choose the id and the material of a key (its documentation, "KMS"). */
const ID_TAG = '_custom_id_'
const MATERIAL_TAG = '_custom_key_material_'

/** What the tags of a new key choose for it. Throws ValidationException where they cannot. */
export async function chosenByTags(
  { Tags = [], MultiRegion = false, Origin = 'AWS_KMS' }: Input<'CreateKey'>,
  spec: KeySpecName,
  call: Pick<Call<'CreateKey', never>, 'caller' | 'services' | 'once'>,
): Promise<Chosen> {
  const valueOf = (tag: string): string | undefined => Tags.find(({ TagKey }) => TagKey === tag)?.TagValue
  const [keyId, material] = [valueOf(ID_TAG), valueOf(MATERIAL_TAG)]
  if (keyId !== undefined && !(isKeyId(keyId) && isMultiRegionKeyId(keyId) === MultiRegion)) {
    throw fault(ID_TAG, MultiRegion ? 'mrk- and 32 hexadecimal digits' : 'a UUID with dashes')
  }
  if (material !== undefined && Origin !== 'AWS_KMS')
    throw fault(MATERIAL_TAG, 'absent for a key whose material is imported')
  return {
    ...(keyId !== undefined && { keyId }),
    ...(material !== undefined && { material: await materialOf(material, spec, call) }),
  }
}

async function materialOf(
  text: string,
  spec: KeySpecName,
  { caller, services, once }: Pick<Call<'CreateKey', never>, 'caller' | 'services' | 'once'>,
): Promise<Secret> {
  const given = Secret.of(Buffer.from(text, 'base64'))
  const accepted = await once(() => acceptChosen(keySpec(spec), given, threadsOf(caller, services)))
  if (typeof accepted !== 'string') return accepted
  throw fault(MATERIAL_TAG, `the material of a key of ${spec} in base64`)
}

function fault(tag: string, wanted: string): ServiceError {
  return serviceError('ValidationException', `The tag ${tag} must be ${wanted}.`)
}
