import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FairQueue } from '../../../src/crypto/workers/fair-queue.ts'

/** Runs the work in order, each for its stated time, and returns whose it was. */
function drain(queue: FairQueue<number>, turns: number): string[] {
  const order: string[] = []
  while (order.length < turns) {
    const turn = queue.next() ?? assert.fail('nothing waits')
    order.push(turn.accountId)
    queue.ended(turn, turn.item)
  }
  return order
}

function flood(queue: FairQueue<number>, accountId: string, costMs: number, count: number): void {
  for (let added = 0; added < count; added++) assert.ok(queue.add(accountId, costMs, false))
}

test('a new account gets the next turn, however much another has queued', () => {
  const queue = new FairQueue<number>(1000)
  flood(queue, 'attacker', 900, 200)
  drain(queue, 10)
  const running = queue.next() ?? assert.fail()
  assert.ok(queue.add('victim', 150, false))
  queue.ended(running, 900)
  assert.equal(queue.next()?.accountId, 'victim')
})

test('accounts share the time and not the number of turns', () => {
  const queue = new FairQueue<number>(1000)
  flood(queue, 'slow', 100, 100)
  flood(queue, 'quick', 10, 200)
  const order = drain(queue, 110)
  const slow = order.filter((accountId) => accountId === 'slow').length
  assert.ok(
    slow >= 9 && slow <= 12,
    `${slow} of 110 turns belonged to the account with work that takes ten times as long`,
  )
})

test('an idle account accumulates no credit', () => {
  const queue = new FairQueue<number>(1000)
  flood(queue, 'other', 10, 200)
  drain(queue, 100)
  flood(queue, 'idle', 10, 50)
  const order = drain(queue, 20)
  assert.ok(order.filter((accountId) => accountId === 'other').length >= 9, order.join(' '))
})

test('an account that sends one item at a time gets no more than a share either', () => {
  const queue = new FairQueue<number>(1000)
  flood(queue, 'many', 10, 400)
  const spentMs = { many: 0, one: 0 }
  queue.add('one', 100, false)
  while (spentMs.many + spentMs.one < 3000) {
    const turn = queue.next() ?? assert.fail()
    queue.ended(turn, turn.item)
    spentMs[turn.accountId as 'many' | 'one'] += turn.item
    if (turn.accountId === 'one') queue.add('one', 100, false)
  }
  assert.ok(spentMs.many >= 1300, `${spentMs.many} ms of 3000`)
})

test('no account fills more places than it leaves, and a single one gets half', () => {
  const queue = new FairQueue<number>(100)
  const fill = (accountId: string): number => {
    let taken = 0
    while (queue.add(accountId, 1, false)) taken += 1
    return taken
  }
  assert.deepEqual([fill('first'), fill('second'), fill('third')], [50, 25, 13])
  assert.ok(fill('fourth') > 0, 'others still find a place')
})

test('an account has at most the allowed number of turns at once', () => {
  const queue = new FairQueue<string>(100, 1)
  for (const item of ['a1', 'a2']) queue.add('a', item, false)
  queue.add('b', 'b1', false)
  const turns = [queue.next(), queue.next(), queue.next()]
  assert.deepEqual(
    turns.map((turn) => turn?.item),
    ['a1', 'b1', undefined],
  )
  queue.ended(turns[0] ?? assert.fail(), 5)
  assert.equal(queue.next()?.item, 'a2')
})

test('idle accounts are forgotten', () => {
  const queue = new FairQueue<number>(10)
  for (let account = 0; account < 20_000; account++) {
    queue.add(`account ${account}`, 1, true)
    drain(queue, 1)
  }
  assert.ok(queue.accounts <= 2000, `${queue.accounts} accounts`)
})
