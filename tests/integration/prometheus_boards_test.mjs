// What can be said of boards and alerts without running anything but promtool.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  anchors, boards, dashboards_directory, documented_metrics, family, panels_of, queries_of, read, rules, rules_file,
  rules_test_file, selectors_of,
} from './boards.mjs';
import { find_program } from './programs.mjs';

const is_documented = (metrics, metric) => metric === 'up' || metric.includes(':') || metrics.has(family(metric));

test('every board has its own uid, unique panel ids, a description for each panel, and no overlap', () => {
  const uids = boards().map(({ board }) => board.uid);
  assert.equal(uids.length, 3);
  assert.equal(new Set(uids).size, uids.length);
  for (const { name, board } of boards()) {
    assert.equal(board.id, null, `${name}: an id belongs to one Grafana`);
    const panels = panels_of(board);
    assert.equal(new Set(panels.map((panel) => panel.id)).size, panels.length, `${name}: panel ids`);
    const taken = new Map();
    for (const panel of panels) {
      const where = `${name}: ${panel.title}`;
      const { x, y, w, h } = panel.gridPos;
      assert.ok(x >= 0 && x + w <= 24, `${where} leaves the 24 columns`);
      for (let column = x; column < x + w; ++column) {
        for (let line = y; line < y + h; ++line) {
          const cell = `${column},${line}`;
          assert.ok(!taken.has(cell), `${where} lies on ${taken.get(cell)}`);
          taken.set(cell, panel.title);
        }
      }
      if (panel.type === 'row') continue;
      assert.ok(panel.description?.length > 10, `${where} explains nothing`);
      assert.ok(panel.targets.length > 0, `${where} asks nothing`);
      assert.equal(new Set(panel.targets.map((target) => target.refId)).size, panel.targets.length, where);
    }
  }
});

test('every query goes to the data source variable and to the chosen riskd', () => {
  for (const { name, board } of boards()) {
    const variables = board.templating.list.map((variable) => variable.name);
    assert.deepEqual(variables, ['datasource', 'instance'], name);
    for (const panel of panels_of(board).filter(({ type }) => type !== 'row')) {
      for (const source of [panel.datasource, ...panel.targets.map((target) => target.datasource)]) {
        assert.deepEqual(source, { type: 'prometheus', uid: '${datasource}' }, `${name}: ${panel.title}`);
      }
    }
    for (const { where, expr } of queries_of({ name, board })) {
      for (const { metric, matchers } of selectors_of(expr)) {
        assert.match(matchers, /instance=~"\$instance"/, `${where}: ${metric}`);
      }
    }
  }
});

test('every metric that a board or an alert uses is explained in OPERATING', () => {
  const metrics = documented_metrics();
  assert.ok(metrics.size > 40, `${metrics.size} metrics documented`);
  const recorded = new Set(rules().filter(({ kind }) => kind === 'record').map(({ name }) => name));
  const used = [...boards().flatMap(queries_of), ...rules().map(({ name, expr }) => ({ where: name, expr }))];
  for (const { where, expr } of used) {
    const selectors = selectors_of(expr);
    for (const { metric } of selectors) {
      assert.ok(is_documented(metrics, metric), `${where} uses ${metric}`);
      if (metric.includes(':')) assert.ok(recorded.has(metric), `${where} uses ${metric}, which no rule records`);
    }
    assert.ok(selectors.length > 0 || expr.includes('ALERTS'), `${where} uses no metric of ours`);
  }
});

test('every documented metric is on a board', () => {
  const text = boards().map(({ board }) => JSON.stringify(board)).join();
  const unseen = [...documented_metrics().keys()].filter((metric) => !text.includes(metric));
  assert.deepEqual(unseen, []);
});

test('every alert has a severity, a summary, a description, and a runbook that exists', () => {
  const headings = anchors(read('docs/OPERATING.md'));
  const alerts = rules().filter(({ kind }) => kind === 'alert');
  assert.ok(alerts.length >= 20, `${alerts.length} alerts`);
  assert.equal(new Set(alerts.map(({ name }) => name)).size, alerts.length);
  for (const alert of alerts) {
    assert.match(alert.severity, /^(critical|warning)$/, alert.name);
    assert.ok(alert.summary && alert.description, `${alert.name} says nothing`);
    const [file, anchor] = alert.runbook.split('#');
    assert.equal(file, 'docs/OPERATING.md', alert.name);
    assert.ok(headings.has(anchor), `${alert.name}: no heading for #${anchor}`);
  }
});

test('every link inside OPERATING leads to a heading', () => {
  const text = read('docs/OPERATING.md');
  const headings = anchors(text);
  for (const [, anchor] of text.replace(/\n/g, ' ').matchAll(/\]\(#([^)]+)\)/g)) assert.ok(headings.has(anchor), `#${anchor}`);
});

test('every alert has a unit test in which it fires and one in which it does not', () => {
  const cases = readFileSync(rules_test_file, 'utf8').split(/^ {2}- name: /m).slice(1);
  for (const { name } of rules().filter(({ kind }) => kind === 'alert')) {
    const of_alert = cases.filter((text) => new RegExp(`alertname: ${name}$`, 'm').test(text));
    assert.ok(of_alert.some((text) => text.includes('exp_labels')), `${name} never fires`);
    assert.ok(of_alert.some((text) => text.includes('exp_alerts: []')), `${name} always fires`);
  }
});

const promtool = (...args) => {
  const ran = spawnSync(find_program('promtool'), args, { encoding: 'utf8' });
  assert.equal(ran.status, 0, `promtool ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
  assert.doesNotMatch(ran.stdout + ran.stderr, /FAILED/);
};

test('promtool finds nothing wrong with the rules', () => promtool('check', 'rules', rules_file));
test('promtool passes the unit tests of the rules', () => promtool('test', 'rules', rules_test_file));
test('promtool finds nothing wrong with the example configuration', () => {
  promtool('check', 'config', join(dashboards_directory, 'prometheus.yml'));
});
