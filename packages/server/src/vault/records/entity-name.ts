import { defineTable, global } from './table.ts'

/** What IAM names beside its id. */
export type EntityKind = PolicyHolder | 'policy' | 'instance-profile'

/** The kinds of entities that policies are attached to. */
export type PolicyHolder = 'user' | 'role' | 'group'

/** Which entity has a name, among all of its kind in the account. */
export interface EntityNameRecord {
  accountId: string
  kind: EntityKind
  entityId: string
  /** As it was given. Two names of one kind differ in more than case. */
  name: string
  path: string
}

type Place = Pick<EntityNameRecord, 'accountId' | 'kind'>

export const entityNameTable = defineTable({
  name: 'entity_name',
  id: ({ accountId, kind, name }: Place & Pick<EntityNameRecord, 'name'>) =>
    `${accountId}/${kind}/${name.toLowerCase()}`,
  owner: ({ accountId, kind }: Place) => `${accountId}/${kind}`,
  target: ({ entityId }: Pick<EntityNameRecord, 'entityId'>) => entityId,
  domain: global,
  read({ owner, body }): EntityNameRecord {
    const [accountId = '', kind] = owner.split('/')
    return { accountId, kind: kind as EntityKind, ...(JSON.parse(body) as Omit<EntityNameRecord, keyof Place>) }
  },
  body: ({ entityId, name, path }) => JSON.stringify({ entityId, name, path }),
  absence:
    'The name is free. An entity whose record has it is found by its id alone, until an operator restores the name.',
  dispensable: true,
})
