// A real prometheus scrapes a real riskd under load, and every query of every board and every alert
// expression has data there. No alert that says riskd is ill fires.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test, { after, before } from 'node:test';
import { boards, documented_metrics, family, filled, queries_of, rules, rules_file, selectors_of } from './boards.mjs';
import { load, market_config, trade } from './market.mjs';
import { NatsWire } from './nats_wire.mjs';
import { Programs, find_program, free_port, sleep, riskd, start_nats, start_riskd, until } from './programs.mjs';

const seconds_of_load = Number(process.env.RISKD_LOAD_SECONDS ?? 8);
const accounts = Array.from({ length: 12 }, (_, number) => `account-${number}`);
const programs = new Programs('prometheus');
let prometheus;
let riskd_http;
let stopped = false;
let loading;
let failed = true;

async function ask(path, parameters = {}) {
  const reply = await fetch(`http://127.0.0.1:${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await reply.json();
  assert.equal(answer.status, 'success', `${parameters.query}: ${answer.error}`);
  return answer.data;
}

// The samples of an instant query: numbers, with labels.
async function samples(query) {
  const { resultType, result } = await ask('query', { query });
  if (resultType === 'scalar') return [{ labels: {}, value: Number(result[1]) }];
  return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

const run = (...line) => execFileSync(riskd, line, { cwd: programs.directory, encoding: 'utf8' }).trim();
const make_signers = () => ['anna', 'bert'].map((name) => `${name}: "${run('rules', 'key', `${name}.pem`)}"`);

// A limit of one account that is another one for some time.
function override(nats) {
  const url = ['--url', `nats://127.0.0.1:${nats}`];
  run('rules', 'override', ...url, '--account', accounts[3], '--parameter', 'order_notional.notional_max',
    '--value', '200000', '--instrument', 'BTC-PERP', '--for', '4h', '--reason', 'a test', '-o', 'one.override');
  for (const name of ['anna', 'bert']) run('rules', 'sign', 'one.override', '--name', name, '--key', `${name}.pem`);
  run('rules', 'stage', ...url, 'one.override');
  run('rules', 'activate', ...url, 'one.override');
}

before(async () => {
  const nats = await free_port();
  riskd_http = await free_port();
  prometheus = await free_port();
  const known = Object.fromEntries(accounts.map((name, number) =>
    [name, { group: number % 3 ? 'retail' : 'market_makers', leverage: 50 }]));
  await start_nats(programs, nats);
  await start_riskd(programs, {
    http: riskd_http,
    config: market_config({ nats, http: riskd_http, directory: programs.directory, accounts: known, promise: 'disk',
      signers: `{ ${make_signers().join(', ')} }` }),
  });
  programs.write('prometheus.yml', `global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s }
rule_files: ["${rules_file}"]
scrape_configs:
  - job_name: riskd
    static_configs: [{ targets: ["127.0.0.1:${riskd_http}"] }]
`);
  programs.start('prometheus', find_program('prometheus'), [
    `--config.file=${programs.path('prometheus.yml')}`, `--storage.tsdb.path=${programs.path('tsdb')}`,
    `--web.listen-address=127.0.0.1:${prometheus}`, '--log.level=warn']);
  await until('prometheus answers', async () => (await fetch(`http://127.0.0.1:${prometheus}/-/ready`)).ok);
  await until('prometheus scrapes riskd', async () => (await samples('up{job="riskd"} == 1')).length === 1);
  override(nats);
  const wire = await NatsWire.connect(nats);
  await trade(wire, accounts);
  loading = load(wire, accounts, () => stopped);
  await Promise.race([loading, sleep(1000 * seconds_of_load)]);
});

after(async () => {
  stopped = true;
  await loading?.catch(() => {});
  if (failed) console.error(programs.log('riskd').slice(-4000));
  await programs.end({ failed });
});

test('every query of every board has data', async () => {
  const empty = [];
  for (const { where, expr } of boards().flatMap(queries_of)) {
    const found = await samples(filled(expr));
    if (!found.some(({ value }) => Number.isFinite(value))) empty.push(`${where}: ${expr}`);
  }
  assert.deepEqual(empty, []);
});

test('every selector of every board, alert and recording has series, each alternative by itself', async () => {
  const empty = new Set();
  const all = [...boards().flatMap(queries_of), ...rules().map(({ name, expr }) => ({ where: name, expr }))];
  for (const { where, expr } of all) {
    for (const { metric, matchers } of selectors_of(filled(expr))) {
      const listed = matchers.match(/(\w+)=~"([\w|]+)"/);
      const variants = listed ? listed[2].split('|').map((word) => matchers.replace(listed[0], `${listed[1]}="${word}"`)) : [matchers];
      for (const variant of variants) {
        const selector = `${metric}{${variant}}`;
        if ((await samples(selector)).length === 0) empty.add(`${where}: ${selector}`);
      }
    }
  }
  assert.deepEqual([...empty], []);
});

test('every alert expression has data, and prometheus evaluates every rule', async () => {
  const { groups } = await ask('rules');
  const evaluated = groups.flatMap((group) => group.rules);
  assert.equal(evaluated.length, rules().length);
  for (const rule of evaluated) {
    assert.equal(rule.health, 'ok', `${rule.name}: ${rule.lastError}`);
    // A comparison that is false has no result; with `bool` it is 0, and data is all that is asked.
    const always = rule.query.replace(/ (==|!=|>=|<=|>|<) (?!bool)/g, ' $1 bool ');
    const found = await samples(always);
    assert.ok(found.some(({ value }) => Number.isFinite(value)), `${rule.name}: ${always}`);
  }
});

test('every documented metric is served, with its type and labels, and nothing else is', async () => {
  const text = await (await fetch(`http://127.0.0.1:${riskd_http}/metrics`)).text();
  const served = new Map([...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
  const labels = new Map();
  for (const [, name, inside] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const names = [...(inside ?? '').matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label);
    const of = served.has(name) ? name : family(name);
    labels.set(of, new Set([...(labels.get(of) ?? []), ...names.filter((label) => label !== 'le')]));
  }
  const documented = documented_metrics();
  for (const name of served.keys()) {
    if (/^(riskd|process)_/.test(name)) assert.ok(documented.has(name), `${name} is not in OPERATING`);
  }
  for (const [name, { type, labels: wanted }] of documented) {
    assert.equal(served.get(name), type, name);
    assert.deepEqual([...(labels.get(name) ?? [])].sort(), [...wanted].sort(), `labels of ${name}`);
  }
});

test('the board shows the accounts nearest the edge, nearest first, and no more than were asked for', async () => {
  const ranks = await samples('riskd_account_nearest');
  assert.ok(ranks.length > 0 && ranks.length <= 5, `${ranks.length} accounts`);
  const ratios = new Map((await samples('riskd_account_margin_ratio')).map(({ labels, value }) => [labels.account, value]));
  const ordered = ranks.sort((a, b) => a.value - b.value).map(({ labels }) => ratios.get(labels.account));
  assert.deepEqual(ordered, [...ordered].sort((a, b) => b - a));
  assert.ok(ranks.every(({ labels }) => labels.instrument === 'BTC-PERP' && labels.currency === 'USDT'));
  const liquidated = await samples('riskd_stage_changes_total{stage="liquidate"} > 0');
  assert.equal(liquidated.length, 1, 'the load liquidates somebody');
});

test('the board shows the override, what it is instead of, and when it ends', async () => {
  const found = await samples('riskd_ruleset_override_end_seconds - time()');
  assert.equal(found.length, 1);
  const { account, where, parameter, value, instead } = found[0].labels;
  assert.deepEqual([account, where, parameter, value, instead],
    [accounts[3], 'BTC-PERP', 'order_notional.notional_max', '200000', '300000']);
  assert.ok(found[0].value > 3 * 3600 && found[0].value <= 4 * 3600, `${found[0].value} seconds left`);
});

test('riskd is well under this load: no alert about its health fires', async () => {
  const ill = /^Riskd(Down|NotReady|Restarting|Nats|SendsFail|FactsLate|Journal|Overloaded|RuleFails|PriceStale)/;
  const firing = (await samples('ALERTS{alertstate="firing"}')).map(({ labels }) => labels.alertname);
  assert.deepEqual(firing.filter((name) => ill.test(name)), []);
  failed = false;
});
