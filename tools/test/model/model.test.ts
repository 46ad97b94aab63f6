import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Member, type Model, restrictedTo } from '../../model/model.ts'

const member = (name: string, type: string): Member => ({ name, type, isList: false, required: false })

const MODEL: Model = {
  sdk: 'sdk',
  enumerations: new Map([
    ['Colour', ['RED']],
    ['Taste', ['SWEET']],
  ]),
  structures: new Map([
    ['EatRequest', [member('Apple', 'Apple')]],
    ['Apple', [member('Colour', 'Colour'), member('Weight', 'integer')]],
    ['DrinkRequest', [member('Taste', 'Taste')]],
    ['Circle', [member('Circle', 'Circle')]],
    ['Riddle', [member('Answer', 'mystery')]],
  ]),
  operations: [
    { name: 'Eat', input: 'EatRequest', output: undefined, errors: ['Full'] },
    { name: 'Drink', input: 'DrinkRequest', output: 'Apple', errors: [] },
    { name: 'Turn', input: 'Circle', output: undefined, errors: [] },
    { name: 'Guess', input: 'Riddle', output: undefined, errors: [] },
  ],
  errors: [
    { name: 'FullException', code: 'Full', status: 409 },
    { name: 'EmptyException', code: 'Empty', status: 404 },
  ],
}

test('a model is cut down to what its operations reach', () => {
  const { operations, structures, enumerations, errors } = restrictedTo(['Eat'], MODEL)
  assert.deepEqual(
    operations.map(({ name }) => name),
    ['Eat'],
  )
  assert.deepEqual([...structures.keys()], ['EatRequest', 'Apple'])
  assert.deepEqual([...enumerations.keys()], ['Colour'])
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['Full'],
  )
})

test('what an output reaches stays too', () => {
  assert.deepEqual([...restrictedTo(['Drink'], MODEL).structures.keys()], ['Apple', 'DrinkRequest'])
})

test('what cannot be made is refused: an unknown operation, a structure within itself, a type without a codec', () => {
  assert.throws(() => restrictedTo(['Eat', 'Sleep'], MODEL), /sdk has no operation Sleep/)
  assert.throws(() => restrictedTo(['Turn'], MODEL), /Circle holds itself: Circle/)
  assert.throws(() => restrictedTo(['Guess'], MODEL), /a type that our codecs do not know: mystery/)
})
