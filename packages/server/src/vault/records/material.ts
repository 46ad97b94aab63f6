import type { KeyName, MaterialRecord } from '../../domain/keys/record.ts'
import { materialSealedAs } from '../hierarchy/material.ts'
import { keyTable } from './key.ts'
import { defineTable, firstPart } from './table.ts'

/** What names one material of a key. */
export interface MaterialName extends KeyName {
  materialId: string
}

/** One material of a key; the material itself is the row's sealed bytes. */
export type StoredMaterial = MaterialRecord & KeyName

export const materialTable = defineTable({
  name: 'material',
  id: ({ materialId, ...key }: MaterialName) => `${keyTable.id(key)}/${materialId}`,
  owner: (key: KeyName) => keyTable.id(key),
  /** What expires is due then. */
  dueMs: ({ imported }: StoredMaterial) => imported?.validToMs ?? null,
  domain: firstPart,
  read: ({ owner, body }): StoredMaterial => {
    const [region = '', keyId = ''] = owner.split('/')
    return { ...(JSON.parse(body) as MaterialRecord), region, keyId }
  },
  body: ({ region: _region, keyId: _keyId, ...record }) => JSON.stringify(record),
  sealedAs: materialSealedAs,
  absence: 'Ciphertexts under this material do not open, and its key does not work if the material is its current one.',
})
