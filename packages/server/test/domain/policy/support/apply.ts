import type { Edit, SparingCondition } from '../../../../src/domain/policy/explain/explanation.ts'
import { type Document, KEY, type Statement, type World } from './world.ts'

const REMOVED: Statement = { Effect: 'Allow', Action: 'kms:Removed', Resource: '*' }

/** The situation after the edits of an explanation, made as an administrator would make them. */
export function applyEdits(world: World, edits: readonly Edit[]): World {
  const changed = structuredClone(world)
  for (const edit of edits) applyEdit(changed, edit)
  return changed
}

function applyEdit(world: World, edit: Edit): void {
  if (edit.kind === 'create-grant') {
    const { kind: _, ...grant } = edit
    world.grants.push({ grantId: `grant-${world.grants.length}`, ...KEY, ...grant })
    return
  }
  const { Statement: statements } = documentOf(world, edit)
  if (edit.kind === 'add-statement') {
    statements.push(edit.statement as Statement)
    return
  }
  const denying = statements[edit.statement.index]
  if (denying?.Effect !== 'Deny') throw new Error('There is no such deny.')
  // Not taken out, so that the places of other statements stay.
  if (edit.kind === 'remove-deny') statements[edit.statement.index] = { ...denying, ...REMOVED }
  else narrow(statements, denying, edit.conditions)
}

/** Copies go to the end, so that the places of other statements stay. */
function narrow(statements: Statement[], denying: Statement, [first, ...others]: readonly SparingCondition[]): void {
  const before = denying.Condition
  denying.Condition = { ...before, ...first }
  for (const other of others) statements.push({ ...denying, Condition: { ...before, ...other } })
}

/** The document that is named, or a new one of its layer. */
function documentOf(world: World, { layer, policy }: { layer: string; policy: string | undefined }): Document {
  const { policy: resourcePolicy } = world.resource
  const known: Record<string, Document | undefined> = {
    ...(typeof resourcePolicy === 'object' && { 'key policy': resourcePolicy }),
    ...(world.boundary && { boundary: world.boundary }),
    ...Object.fromEntries(world.identity.map((document, index) => [`identity-${index}`, document])),
    ...Object.fromEntries((world.session ?? []).map((document, index) => [`session-${index}`, document])),
  }
  return (policy === undefined ? undefined : known[policy]) ?? newDocument(world, layer)
}

function newDocument(world: World, layer: string): Document {
  const list = { 'identity policy': world.identity, 'session policy': world.session }[layer]
  if (!list) throw new Error(`There is one ${layer}, and none can be added.`)
  const document: Document = { Version: '2012-10-17', Statement: [] }
  list.push(document)
  return document
}
