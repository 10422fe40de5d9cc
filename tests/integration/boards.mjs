// The shipped boards, alerts and manual as values: what every test about them reads.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './programs.mjs';

export const dashboards_directory = join(root, 'dashboards');
export const rules_file = join(dashboards_directory, 'alerts/riskd.rules.yml');
export const rules_test_file = join(dashboards_directory, 'alerts/riskd.rules.test.yml');

export const read = (...parts) => readFileSync(join(root, ...parts), 'utf8');

export const boards = () => readdirSync(dashboards_directory).filter((name) => name.endsWith('.json'))
  .sort().map((name) => ({ name, board: JSON.parse(read('dashboards', name)) }));

export function panels_of(board) {
  return board.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

// Every query of a board with the name of its panel.
export function queries_of({ name, board }) {
  return panels_of(board).flatMap((panel) => (panel.targets ?? [])
    .map((target) => ({ where: `${name}: ${panel.title} (${target.refId})`, expr: target.expr })));
}

// What Grafana puts in before it asks.
export const filled = (expr) => expr.replaceAll('$__rate_interval', '10s').replaceAll('$instance', '.+');

// The rules file has one plain shape: groups of `- alert:` or `- record:` with indented keys.
export function parse_rules(text) {
  const rules = [];
  let rule;
  let folded = false;
  for (const line of text.split('\n')) {
    const begin = line.match(/^ {6}- (alert|record): (.+)$/);
    const key = line.match(/^ {8}(?: {2})?(\w+): (.*)$/);
    if (begin) rules.push(rule = { kind: begin[1], name: begin[2] });
    else if (rule && key) {
      folded = key[2] === '>-';
      rule[key[1]] = folded ? '' : key[2].replace(/^'(.*)'$/, '$1');
    } else if (rule && folded && line.trim()) rule.expr = `${rule.expr} ${line.trim()}`.trim();
  }
  return rules;
}
export const rules = () => parse_rules(readFileSync(rules_file, 'utf8'));

// Selectors of metrics of ours in an expression: [{ metric, matchers }].
export function selectors_of(expr) {
  const found = [];
  const pattern = /(?<![\w:"])(riskd[\w:]*|process_\w+|up)(?![\w:(])(?:\s*\{([^}]*)\})?/g;
  const plain = expr.replace(/"[^"]*"/g, (text) => text.replace(/[{}]/g, '.'));
  for (const [, metric, matchers] of plain.matchAll(pattern)) found.push({ metric, matchers: matchers ?? '' });
  return found;
}

// The family a series belongs to: a histogram is documented once.
export const family = (metric) => metric.replace(/_(bucket|sum|count)$/, '');

// Metrics of the tables in docs/OPERATING.md, with their type and labels.
export function documented_metrics() {
  const metrics = new Map();
  const rows = read('docs/OPERATING.md').matchAll(/^\| `((?:riskd|process)_\w+)` \| (\w+) \|([^|]*)\|/gm);
  for (const [, name, type, labels] of rows) {
    metrics.set(name, { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) });
  }
  return metrics;
}

// Headings of a Markdown text as the anchors that links use.
export function anchors(markdown) {
  return new Set([...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-')));
}
