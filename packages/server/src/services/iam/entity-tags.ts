import { type AnyOperation, queryOperation } from '../../execution/define.ts'
import { changeEntity } from './entities.ts'
import { entityIn, type Family, needsOn, ROLES, USERS } from './families.ts'
import { asOrdered, readPage } from './pages.ts'
import { iamTags, IGNORE_CASE, mergedTags, reservedFault, tagFault, withoutTags } from './tags.ts'

type Tagged = Family<'user'> | Family<'role'>

function tag(family: Tagged): AnyOperation {
  const name = `Tag${family.title}` as 'TagUser'
  return queryOperation<'iam', 'TagUser'>('iam', {
    name,
    summary: `Adds tags to a ${family.kind}, or changes the values of existing tags.`,
    readOnly: false,
    afterRollback: 'again',
    audit: { request: [family.member, 'Tags'], response: [] },
    check: ({ Tags }) => tagFault(Tags, IGNORE_CASE),
    needs: needsOn(name, family),
    async run(call) {
      const entity = await entityIn<'user' | 'role'>(family, call)
      const tags = mergedTags(entity.entry.value.tags, call.input.Tags, IGNORE_CASE)
      changeEntity(entity, { tags }, call)
      return undefined
    },
  })
}

function untag(family: Tagged): AnyOperation {
  const name = `Untag${family.title}` as 'UntagUser'
  return queryOperation<'iam', 'UntagUser'>('iam', {
    name,
    summary: `Removes tags from a ${family.kind}. Missing tags are ignored.`,
    readOnly: false,
    afterRollback: 'again',
    audit: { request: [family.member, 'TagKeys'], response: [] },
    check: ({ TagKeys }) => reservedFault(TagKeys),
    needs: needsOn(name, family),
    async run(call) {
      const entity = await entityIn<'user' | 'role'>(family, call)
      const tags = withoutTags(entity.entry.value.tags, call.input.TagKeys, IGNORE_CASE)
      changeEntity(entity, { tags }, call)
      return undefined
    },
  })
}

function listTags(family: Tagged): AnyOperation {
  const name = `List${family.title}Tags` as 'ListUserTags'
  return queryOperation<'iam', 'ListUserTags'>('iam', {
    name,
    summary: `Lists the tags of a ${family.kind}.`,
    readOnly: true,
    audit: { request: [family.member, 'Marker', 'MaxItems'], response: [] },
    needs: needsOn(name, family),
    async run(call) {
      const { entry } = await entityIn<'user' | 'role'>(family, call)
      const { items, end } = await readPage(call, [name, entry.id], asOrdered(iamTags(entry.value.tags)))
      return { Tags: items, ...end }
    },
  })
}

/** The operations for tags of users and roles. */
export const ENTITY_TAG_OPERATIONS: readonly AnyOperation[] = [USERS, ROLES].flatMap((family) => [
  tag(family),
  untag(family),
  listTags(family),
])
