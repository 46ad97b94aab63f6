import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANY_CHARACTER, ANY_TEXT } from '../../../../../src/domain/policy/language/patterns/glob.ts'
import { parseTemplate, resolveTemplate } from '../../../../../src/domain/policy/language/patterns/template.ts'
import { Work } from '../../../../../src/domain/policy/language/patterns/work.ts'
import { conditions } from '../support.ts'

const ALL = { variables: true, wildcards: true }

test('a value is read into literal text, wildcards and variables', () => {
  assert.deepEqual(parseTemplate('a/${aws:UserName}?*', ALL), ['a/', { key: 'aws:username' }, ANY_CHARACTER, ANY_TEXT])
  assert.deepEqual(parseTemplate('', ALL), [])
  assert.deepEqual(parseTemplate('$5 {x} $', ALL), ['$5 {x} $'])
})

test('what the syntax does not have is literal', () => {
  assert.deepEqual(parseTemplate('*${aws:username}', { variables: false, wildcards: true }), [
    ANY_TEXT,
    '${aws:username}',
  ])
  assert.deepEqual(parseTemplate('*?', { variables: true, wildcards: false }), ['*?'])
})

test('the three special characters can be written as themselves', () => {
  assert.deepEqual(parseTemplate('${*}${?}${$}{aws:username}', ALL), ['*', '?', '$', '{aws:username}'])
})

test('a fallback is taken literally, closing brackets included', () => {
  assert.deepEqual(parseTemplate("${aws:userid, 'any}*'}x", ALL), [{ key: 'aws:userid', fallback: 'any}*' }, 'x'])
  assert.deepEqual(parseTemplate("${aws:userid,'' }", ALL), [{ key: 'aws:userid', fallback: '' }])
})

test('whatever begins like a variable and is none is malformed', () => {
  const texts = ['${', '${}', '${aws:username', '${username}', '${ aws:username}', '${aws:}', '${:a}', "${aws:a, 'b}"]
  const fallbacks = ['${aws:a,}', '${aws:a, b}', "${aws:a, 'b' c}", "${, 'b'}", "${aws:a, 'b'", '${**}', "${aws:a 'b'}"]
  for (const text of [...texts, ...fallbacks]) assert.equal(parseTemplate(text, ALL), undefined, text)
})

test('a variable has a value when its key has exactly one, and a fallback only when it has none', () => {
  const resolve = (text: string, found: Record<string, string[]>): unknown =>
    resolveTemplate(parseTemplate(text, ALL) ?? [], { conditions: conditions(found), work: new Work() })
  assert.deepEqual(resolve('${aws:username}', { 'aws:username': ['al*ce'] }), ['al*ce'])
  assert.equal(resolve('${aws:username}', {}), undefined)
  assert.equal(resolve('${aws:username}', { 'aws:username': [] }), undefined)
  assert.equal(resolve('${aws:username}', { 'aws:username': ['a', 'b'] }), undefined)
  assert.deepEqual(resolve("${aws:username, 'x'}", {}), ['x'])
  assert.equal(resolve("${aws:username, 'x'}", { 'aws:username': ['a', 'b'] }), undefined)
})

test('the length of what variables bring in is metered', () => {
  const work = new Work(100)
  const scope = { conditions: conditions({ 'aws:username': ['a'.repeat(60)] }), work }
  const template = parseTemplate('${aws:username}', ALL) ?? []
  assert.ok(resolveTemplate(template, scope))
  assert.equal(resolveTemplate(template, scope), undefined)
})
