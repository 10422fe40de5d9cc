// A small market that both integration tests run on: the configuration of riskd, its facts, and a
// load of prices and checks. Amounts are chosen so that every figure can be worked out by hand.
import { join } from 'node:path';
import { root, sleep } from './programs.mjs';

const rule_places = ['check', 'margin/tiered.lua', 'collateral/haircut.lua', 'liquidation/ladder.lua']
  .map((place) => join(root, 'rules', place));

const perpetual = (base, decimals) =>
  `{ kind: linear_perpetual, base: ${base}, quote: USDT, price_decimals: 1, quantity_decimals: 3, tick: 0.1,`
  + ` lot: 0.001, quantity_max: ${decimals}, maker_fee_rate: 0.02%, taker_fee_rate: 0.05%,`
  + ' market_price_band: 5%, leverage_max: 50, mark_age_max: 60s }';

// accounts: { name: { group, leverage } }; all of them in USDT.
export function market_config({ nats, http, directory, accounts, promise = 'os', signers = '{}' }) {
  const lines = Object.entries(accounts).map(([name, { group, leverage }]) =>
    `  ${name}: { group: ${group}, currency: USDT, leverage: ${leverage} }`);
  return `nats: { url: "nats://127.0.0.1:${nats}", reconnect_wait: 50ms }
journal: { directory: ${join(directory, 'journal')}, promise: ${promise} }
http: { listen: "127.0.0.1:${http}" }
limits: { accounts_max: 1000, instruments_max: 64, open_orders_max: 10000, orders_remembered_max: 10000,
  ids_remembered_max: 10000 }
board: { nearest_accounts: 5, account_interval: 50ms, metrics_interval: 200ms }
rules:
  signers: ${signers}
  directory: ${join(directory, 'rulesets')}
  files: [${rule_places.join(', ')}]
  parameters:
    tiered:
      tiers:
        - { notional: 0, initial: 10%, maintenance: 5%, deduction: 0 }
    order_notional: { notional_max: 300000 }
    order_rate: { orders_max: 1000 }
    open_orders: { orders_max: 1000 }
  overrides:
    - for: { asset: USDT }
      set: { haircut.haircut: 0% }
    - for: { asset: BTC }
      set: { haircut.haircut: 10% }
reference_asset: USDT
assets:
  USDT: { decimals: 8 }
  BTC: { decimals: 8, priced_by: BTC-USDT }
instruments:
  BTC-USDT: { kind: spot, base: BTC, quote: USDT, price_decimals: 2, quantity_decimals: 5, tick: 0.01, lot: 0.00001,
    quantity_max: 100, maker_fee_rate: 0.1%, taker_fee_rate: 0.1%, market_price_band: 5%, mark_age_max: 60s }
  BTC-PERP: ${perpetual('BTC', 100)}
  ETH-PERP: ${perpetual('BTC', 1000)}
groups: [retail, market_makers]
accounts:
${lines.join('\n')}
`;
}

export const now_ns = () => `${Date.now()}000000`;

let order_number = 0;
export const order = (fields = {}) => ({
  order: `o-${++order_number}`, instrument: 'BTC-PERP', side: 'buy', type: 'limit', price: '50000',
  quantity: '0.01', time_in_force: 'gtc', ...fields,
});

// Facts and prices that put something on every board: balances, positions at different distances
// from the edge, working orders, one account that is called and one that is liquidated.
export async function trade(wire, accounts) {
  const price = (instrument, mark) => wire.publish(`risk.in.price.${instrument}`, { mark, index: mark });
  price('BTC-USDT', '50000');
  price('BTC-PERP', '50000');
  price('ETH-PERP', '2000');
  for (const [number, account] of accounts.entries()) {
    wire.publish(`risk.in.balance.${account}`, { id: `d-${number}`, asset: 'USDT', amount: '10000', kind: 'deposit' });
    wire.publish(`risk.in.balance.${account}`, { id: `b-${number}`, asset: 'BTC', amount: '0.01', kind: 'deposit' });
  }
  await wire.flush();
  await sleep(300);
  for (const [number, account] of accounts.entries()) {
    const quantity = (0.1 + 0.15 * number).toFixed(3);
    const asked = order({ order: `start-${number}`, quantity });
    await wire.request(`risk.check.${account}`, asked);
    wire.publish(`risk.in.fill.${account}`, {
      fill: `f-${number}`, order: asked.order, instrument: 'BTC-PERP', side: 'buy', price: '50000', quantity,
      fee: '1', fee_asset: 'USDT', liquidity: 'taker',
    });
  }
  await wire.flush();
  await sleep(300);
}

// Prices that fall and recover, and every kind of question, until `stop` is true.
export async function load(wire, accounts, stop) {
  for (let turn = 0; !stop(); ++turn) {
    const mark = (50000 - 6000 * Math.abs(Math.sin(turn / 25))).toFixed(1);
    wire.publish('risk.in.price.BTC-PERP', { mark, index: mark });
    wire.publish('risk.in.price.BTC-USDT', { mark, index: mark });
    wire.publish('risk.in.price.ETH-PERP', { mark: '2000' });
    const account = accounts[turn % accounts.length];
    const asked = order({ price: mark });
    const questions = [
      [`risk.check.${account}`, asked],
      [`risk.check.${account}`, asked],                                          // repeated
      [`risk.check.${account}`, order({ price: mark, quantity: '20' })],         // too large
      [`risk.check.${account}`, order({ price: '90000.0' })],                    // outside the collar
      [`risk.check.nobody`, order()],
      [`risk.check.${account}`, { ...order(), quantity: 'much' }],               // malformed
      [`risk.preview.${account}`, { ...order({ price: mark }), surprise: 1 }],   // unknown field
      [`risk.query.account.${account}`, ''],
      ['risk.query.exposure', ''],
    ];
    await Promise.all(questions.map(([subject, body]) => wire.request(subject, body)));
    wire.publish(`risk.in.order.${account}`, { id: `u-${turn}`, order: asked.order, event: 'cancelled' });
    wire.publish(`risk.in.order.${account}`, { id: `u-${turn}`, order: asked.order, event: 'cancelled' });
    await sleep(10);
  }
}
