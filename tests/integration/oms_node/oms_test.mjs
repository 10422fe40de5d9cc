// An order management system that is not ours: the npm package `nats` asks a real riskd over a real
// nats-server, and every field of every answer is held against docs/PROTOCOL.md.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { market_config, now_ns } from '../market.mjs';
import { Programs, exit_skipped, free_port, start_nats, start_riskd, until } from '../programs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const programs = new Programs('oms');
const accounts = { alice: { group: 'retail', leverage: 10 }, bob: { group: 'retail', leverage: 50 } };

// The package, exactly as locked. Without a registry there is nothing to test with.
function install_package() {
  const into = process.env.RISKD_PACKAGES ?? programs.path('packages');
  mkdirSync(into, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(here, name), join(into, name));
  const ran = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: into, encoding: 'utf8' });
  if (ran.status !== 0) {
    const output = `${ran.error ?? ''}${ran.stdout ?? ''}${ran.stderr ?? ''}`;
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|CERT|ENOENT.*npm/.test(output)) throw new Error(output);
    console.log('skipped: no package registry');
    process.exit(exit_skipped);
  }
  return createRequire(join(into, 'package.json'))('nats');
}
const { JSONCodec, connect } = install_package();
const json = JSONCodec();

let nats;
let http;
let client;
let jetstream;
const answers = {};  // by order, what riskd said

const run_riskd = () => start_riskd(programs, {
  http, config: market_config({ nats, http, directory: programs.directory, accounts }) });
const ask = async (subject, message) =>
  json.decode((await client.request(subject, typeof message === 'string' ? message : json.encode(message), { timeout: 3000 })).data);
const check = async (account, order) => answers[order.order] = await ask(`risk.check.${account}`, order);
const account_of = (account) => ask(`risk.query.account.${account}`, '');
const fact = (subject, message) => jetstream.publish(subject, json.encode({ time: now_ns(), ...message }));
const price = (instrument, mark) => client.publish(`risk.in.price.${instrument}`, json.encode({ mark, index: mark, time: now_ns() }));

// Takes out what differs from run to run, after looking at its form.
function told({ sequence, time, ruleset, ...rest }) {
  assert.ok(Number.isSafeInteger(sequence) && sequence > 0, `sequence ${sequence}`);
  assert.ok(Math.abs(time / 1e6 - Date.now()) < 60000, `time ${time}`);
  assert.match(ruleset, /^[0-9a-f]{16,64}$/);
  return rest;
}

before(async () => {
  nats = await free_port();
  http = await free_port();
  await start_nats(programs, nats);
  client = await connect({ servers: `127.0.0.1:${nats}` });
  jetstream = client.jetstream();
});
let failed_part = '';
after(async () => {
  await client?.close();
  if (failed_part) console.error(`riskd, at "${failed_part}":\n${programs.log('riskd').slice(-4000)}`);
  await programs.end({ failed: failed_part !== '' });
});
// One story: each part stands on the one before.
const part = (name, body) => test(name, async (context) => {
  if (failed_part) return context.skip(`"${failed_part}" failed`);
  failed_part = name;
  await body();
  failed_part = '';
});

part('nobody answers while riskd is down, and the client learns it at once', async () => {
  await assert.rejects(ask('risk.check.alice', {}), { code: '503' });
});

part('riskd starts, makes the streams and takes a deposit once, although it is sent twice', async () => {
  await run_riskd();
  const deposit = { id: 'd-1', asset: 'USDT', amount: '10000', kind: 'deposit' };
  const stored = await fact('risk.in.balance.alice', deposit);
  assert.deepEqual([stored.stream, stored.duplicate], ['RISK_IN', false]);
  await fact('risk.in.balance.alice', deposit);
  await fact('risk.in.balance.bob', { id: 'd-2', asset: 'USDT', amount: '1000', kind: 'deposit' });
  price('BTC-PERP', '50000');
  await until('the deposits are there', async () => (await account_of('bob')).equity === '1000');
  const alice = told(await account_of('alice'));
  assert.deepEqual(alice.balances, [{ asset: 'USDT', amount: '10000', hold: '0', withdrawable: '10000' }]);
  assert.deepEqual([alice.account, alice.group, alice.status, alice.stage, alice.currency],
    ['alice', 'retail', 'active', 'healthy', 'USDT']);
  assert.deepEqual([alice.equity, alice.initial_margin, alice.maintenance_margin, alice.available_margin, alice.headroom, alice.margin_ratio],
    ['10000', '0', '0', '10000', '10000', '0']);
  assert.deepEqual([alice.positions, alice.open_orders], [[], []]);
});

part('an order within the margin is accepted, and says what it holds', async () => {
  const answer = await check('alice', {
    order: 'o-1', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000.5', quantity: '0.1',
    time_in_force: 'gtc', reduce_only: false, post_only: false, trader: 't7', strategy: 'mm1', replaces: null,
    time: now_ns(),
  });
  // 10 % of 5000.05 and its taker fee of 0.05 %
  assert.deepEqual(told(answer), {
    decision: 'accept', order: 'o-1', account: 'alice', hold: { asset: 'USDT', amount: '502.505025' },
    margin: { equity: '10000', initial_margin: '502.505025', maintenance_margin: '0', available_margin: '9497.494975' },
  });
});

part('the same order asked again gets the same answer and no second hold', async () => {
  const first = answers['o-1'];
  const again = await check('alice', {
    order: 'o-1', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000.5', quantity: '0.1' });
  assert.deepEqual(again, first);
  const alice = await account_of('alice');
  assert.equal(alice.initial_margin, '502.505025');
  assert.deepEqual(alice.open_orders.map(({ order, remaining, hold }) => [order, remaining, hold]),
    [['o-1', '0.1', { asset: 'USDT', amount: '502.505025' }]]);
});

part('an order beyond the margin is refused with the reason, the rule and the figures', async () => {
  const answer = await check('alice', {
    order: 'o-2', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000', quantity: '2.5' });
  // (5000.05 + 125000) x 10.05 % is too much; (5000.05 + 50000 q) x 10.05 % <= 10000 for q <= 1.890...
  assert.deepEqual(told(answer), {
    decision: 'reject', order: 'o-2', account: 'alice', reason: 'insufficient_initial_margin', rule: 'margin/tiered',
    limit: '10000', used: '502.505025', would_be: '13065.005025', headroom: '9497.494975', largest_quantity: '1.89',
    margin: { equity: '10000', initial_margin: '502.505025', maintenance_margin: '0', available_margin: '9497.494975' },
  });
});

part('a limit refuses by its own reason, which comes before the margin', async () => {
  const answer = await check('alice', {
    order: 'o-3', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000', quantity: '7' });
  assert.deepEqual(told(answer), {
    decision: 'reject', order: 'o-3', account: 'alice', reason: 'exceeded_max_notional_order_amount',
    rule: 'check/order_notional', limit: '300000', used: '350000', would_be: '350000', headroom: '0',
    largest_quantity: '1.89',
    margin: { equity: '10000', initial_margin: '502.505025', maintenance_margin: '0', available_margin: '9497.494975' },
  });
  const unknown = [
    ['nobody', { order: 'o-4', instrument: 'BTC-PERP' }, 'unknown_account'],
    ['alice', { order: 'o-5', instrument: 'XYZ-PERP' }, 'unknown_instrument'],
  ];
  for (const [account, fields, reason] of unknown) {
    const refused = told(await check(account, { side: 'sell', type: 'market', quantity: '1', ...fields }));
    assert.deepEqual(refused, { decision: 'reject', order: fields.order, account, reason });
  }
});

part('a malformed question is answered with the name of the field, and changes nothing', async () => {
  const good = { order: 'o-6', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000', quantity: '0.1' };
  const { quantity, ...without_quantity } = good;
  const wrong = [
    [{ ...good, quantity: 'much' }, 'quantity', 'not a decimal'],
    [without_quantity, 'quantity', 'is missing'],
    [{ ...good, quantity: '-0.1' }, 'quantity', 'must be positive'],
    [{ ...good, side: 'long' }, 'side', 'must be buy or sell'],
    [{ ...good, order: 'o 6' }, 'order', 'not an id ([A-Za-z0-9._:-]{1,64})'],
    [{ ...good, reduce_only: 'yes' }, 'reduce_only', 'must be true or false'],
    [{ ...good, type: 'market' }, 'price', 'not with a market order'],
    [{ ...good, account: 'bob' }, 'account', 'is not the account of the subject'],
  ];
  for (const [message, field, error] of wrong) {
    assert.deepEqual(await ask('risk.check.alice', message), { decision: 'malformed', field, error });
  }
  for (const bytes of ['', 'buy 1 BTC', '{"order":', '[]']) {
    const answer = await ask('risk.check.alice', bytes);
    assert.deepEqual(Object.keys(answer), ['decision', 'field', 'error']);
    assert.equal(answer.decision, 'malformed');
    assert.equal(typeof answer.error, 'string');
  }
  assert.equal((await account_of('alice')).open_orders.length, 1);
});

part('a preview answers the same question without a hold, and more', async () => {
  const question = { order: 'p-1', instrument: 'BTC-PERP', side: 'sell', type: 'market', quantity: '0.2', unheard_of: 1 };
  const answer = told(await ask('risk.preview.alice', question));
  const { limits, margin_after, fee, liquidation_price, ...decision } = answer;
  assert.equal(decision.decision, 'accept');
  assert.deepEqual(Object.keys(decision), ['decision', 'order', 'account', 'hold', 'margin']);
  assert.equal(margin_after.equity, '10000');
  assert.equal(fee.asset, 'USDT');
  // 9995 + 0.2 x (50000 - p) = 0.05 x 0.2 x p, but for the fee of the order that rests (o-1 buys 0.1).
  assert.equal(liquidation_price, '95214.2', 'the last tick at which a short of 0.2 still stands');
  assert.ok(limits.some(({ rule, limit, used }) => rule === 'check/order_notional' && limit === '300000' && Number(used) > 9000));
  assert.equal(new Set(limits.map(({ rule }) => rule)).size, limits.length);
  assert.equal((await account_of('alice')).initial_margin, '502.505025');
});

part('a fill moves the position once, although it is delivered twice, and frees the hold', async () => {
  const fill = {
    fill: 'f-1', order: 'o-1', instrument: 'BTC-PERP', side: 'buy', price: '50000.5', quantity: '0.1', fee: '2.5',
    fee_asset: 'USDT', liquidity: 'taker',
  };
  await fact('risk.in.fill.alice', fill);
  await fact('risk.in.fill.alice', fill);
  const alice = told(await until('the fill is there', async () => {
    const account = await account_of('alice');
    return account.positions.length === 1 && account;
  }));
  // Her place in the queue of auto-deleveraging comes with the next pass of the scan; she is alone in it.
  const [{ adl, ...position }] = alice.positions;
  if (adl !== undefined && adl !== null) assert.deepEqual([adl.rank, adl.of, adl.lights], [1, 1, 5]);
  assert.deepEqual([position], [{
    instrument: 'BTC-PERP', quantity: '0.1', entry_price: '50000.5', mark_price: '50000', notional: '5000',
    unrealized_pnl: '-0.05', realized_pnl: '0', accrued_funding: '0', leverage: 10, margin_mode: 'cross',
    isolated_margin: '0', initial_margin: '500', maintenance_margin: '250', liquidation_price: null,
  }]);
  assert.deepEqual(alice.open_orders, []);
  assert.deepEqual(alice.balances, [{ asset: 'USDT', amount: '9997.5', hold: '0', withdrawable: '9497.45' }]);
  assert.deepEqual([alice.equity, alice.initial_margin, alice.maintenance_margin, alice.available_margin, alice.headroom],
    ['9997.45', '500', '250', '9497.45', '9747.45']);
  assert.ok(Math.abs(Number(alice.margin_ratio) - 250 / 9997.45) < 1e-9);
});

part('an order update that ends an order releases its hold', async () => {
  await check('alice', { order: 'o-7', instrument: 'BTC-PERP', side: 'sell', type: 'limit', price: '50100', quantity: '0.3' });
  assert.equal(answers['o-7'].decision, 'accept');
  assert.equal((await account_of('alice')).open_orders.length, 1);
  await fact('risk.in.order.alice', { id: 'u-1', order: 'o-7', event: 'cancelled' });
  await until('the order is gone', async () => (await account_of('alice')).open_orders.length === 0);
  assert.equal((await account_of('alice')).initial_margin, '500');
});

part('an account that falls below its maintenance margin is triggered once', async () => {
  const heard = [];
  client.subscribe('risk.out.liquidation.bob', { callback: (_, message) => heard.push(json.decode(message.data)) });
  await check('bob', { order: 'b-1', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000', quantity: '0.15' });
  assert.equal(answers['b-1'].decision, 'accept');
  await fact('risk.in.fill.bob', { fill: 'f-2', order: 'b-1', instrument: 'BTC-PERP', side: 'buy', price: '50000', quantity: '0.15' });
  await until('bob has a position', async () => (await account_of('bob')).positions.length === 1);
  // 1000 + 0.15 (p - 50000) = 5 % of 0.15 p at 45614.03...
  price('BTC-PERP', '45614.1');
  await until('the price is there', async () => (await account_of('bob')).stage === 'reduce');
  price('BTC-PERP', '45614');
  await until('the trigger is there', () => heard.some(({ stage }) => stage === 'liquidate'));
  price('BTC-PERP', '45613.9');
  await client.flush();
  assert.equal((await account_of('bob')).stage, 'liquidate');
  const { prices, close, next_step, ...trigger } = told(heard.at(-1));
  assert.ok(next_step > heard.at(-1).time, `next_step ${next_step}`);
  assert.deepEqual(trigger, {
    episode: 'bob-1', stage: 'liquidate', equity: '342.1', maintenance_margin: '342.105', account: 'bob', currency: 'USDT',
    initial_margin: '684.21', before: 'reduce', step: 2,
  });
  assert.deepEqual(prices, { 'BTC-PERP': '45614' });
  assert.deepEqual(close.map(({ instrument, side, quantity }) => [instrument, side, quantity]), [['BTC-PERP', 'sell', '0.15']]);
  assert.ok(Number(close[0].bankruptcy_price) < 45614);
  assert.deepEqual(heard.map(({ stage }) => stage), ['reduce', 'liquidate']);
});

part('every answer is on record with what was asked, and status and exposure add up', async () => {
  const status = await ask('risk.query.status', '');
  assert.deepEqual([status.role, status.ready, status.lag], ['leader', true, 0]);
  assert.match(status.version, /^\d+\.\d+\.\d+$/);
  const exposure = await until('the accounts nearest the edge were looked for', async () => {
    const answer = await ask('risk.query.exposure.BTC-PERP', '');
    return answer.nearest.length === 2 && answer;
  });
  assert.deepEqual(exposure.instruments.map(({ instrument, long_quantity, short_quantity }) => [instrument, long_quantity, short_quantity]),
    [['BTC-PERP', '0.25', '0']]);
  assert.deepEqual(exposure.nearest.map(({ account, stage }) => [account, stage]), [['bob', 'liquidate'], ['alice', 'healthy']]);
  const records = new Map();
  const consumer = await jetstream.consumers.get('RISK_OUT', { filterSubjects: 'risk.out.decision.alice' });
  const wanted = ['o-1', 'o-2', 'o-3', 'o-5', 'o-7'];
  for await (const message of await consumer.consume()) {
    const record = json.decode(message.data);
    records.set(record.order, record);
    if (records.size === wanted.length) break;
  }
  assert.deepEqual([...records.keys()], wanted);
  for (const order of wanted) {
    const { request, mark, position, limits, ...answer } = records.get(order);
    assert.deepEqual(answer, answers[order]);
    if (answer.decision === 'accept') {
      assert.ok(limits.some(({ rule }) => rule === 'check/order_notional'), order);
      assert.ok(limits.every(({ limit, used }) => Number(used) <= Number(limit)), order);
    }
  }
  assert.deepEqual(records.get('o-1').request, {
    instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000.5', quantity: '0.1', time_in_force: 'gtc',
    reduce_only: false, post_only: false, trader: 't7', strategy: 'mm1',
  });
  assert.equal(records.get('o-1').mark.price, '50000');
  assert.deepEqual(records.get('o-1').position, { quantity: '0', open_buy: '0.1', open_sell: '0' });
});

part('after a stop nobody answers; after the next start everything is as it was', async () => {
  // All but the places in queues, which are of the latest scan.
  const kept = (account) => ({ ...account, positions: account.positions.map(({ adl, ...position }) => position) });
  const as_it_was = kept(told(await account_of('alice')));
  const ended = await programs.stop('riskd');
  assert.deepEqual(ended, { code: 0, signal: null }, programs.log('riskd').slice(-2000));
  await assert.rejects(ask('risk.check.alice', {}), { code: '503' });
  await run_riskd();
  assert.deepEqual(kept(told(await account_of('alice'))), as_it_was);
  const again = await check('alice', {
    order: 'o-1', instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000.5', quantity: '0.1' });
  assert.equal(again.decision, 'accept');
  assert.equal((await account_of('alice')).open_orders.length, 0);
});
