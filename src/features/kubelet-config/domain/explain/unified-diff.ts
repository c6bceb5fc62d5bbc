import { stringify } from 'yaml';
import { API_VERSION, KIND } from '../fields/kubelet-fields.js';
import type { JsonObject } from '../json/json-value.js';

const CONTEXT = 3;
/** The table of the longest common subsequence grows with the square; configurations have some 200 lines. */
const MAX_LINES = 2000;

/** KubeletConfiguration as a file, with its header first and fields in a stable order. */
export function configYaml(fields: JsonObject): string {
  const { apiVersion: _version, kind: _kind, ...rest } = fields;
  const header = `apiVersion: ${API_VERSION}\nkind: ${KIND}\n`;
  if (Object.keys(rest).length === 0) return header;
  return header + yaml(rest, true);
}

/** The kubelet and its installers read YAML 1.1, where `no` and `1_000` are no text. */
export const yaml = (document: JsonObject, sortMapEntries = false): string =>
  stringify(document, { sortMapEntries, lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });

type Line = { mark: ' ' | '-' | '+'; text: string };

/** The change as `diff -u` prints it; empty text where nothing differs. */
export function unifiedDiff(before: string, after: string, fromName = 'before', toName = 'after'): string {
  const lines = compare(split(before), split(after));
  const changed = lines.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]));
  if (changed.length === 0) return '';
  return [`--- ${fromName}`, `+++ ${toName}`, ...hunks(lines, changed)].join('\n').concat('\n');
}

const split = (text: string): string[] => text.replace(/\n$/, '').split('\n').slice(0, MAX_LINES);

function compare(a: string[], b: string[]): Line[] {
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i] as string });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: '-', text: a[i++] as string });
    } else {
      lines.push({ mark: '+', text: b[j++] as string });
    }
  }
  return lines;
}

function hunks(lines: Line[], changed: number[]): string[] {
  const ranges: [from: number, to: number][] = [];
  for (const index of changed) {
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)];
    const last = ranges.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else ranges.push([from, to]);
  }
  return ranges.flatMap(([from, to]) => {
    const shown = lines.slice(from, to);
    const count = (marks: string, part: Line[]) => part.filter(({ mark }) => marks.includes(mark)).length;
    const [old, now] = [count(' -', shown), count(' +', shown)];
    const [oldStart, newStart] = [count(' -', lines.slice(0, from)), count(' +', lines.slice(0, from))];
    const start = (before: number, length: number) => (length === 0 ? before : before + 1);
    const header = `@@ -${start(oldStart, old)},${old} +${start(newStart, now)},${now} @@`;
    return [header, ...shown.map(({ mark, text }) => `${mark}${text}`)];
  });
}
