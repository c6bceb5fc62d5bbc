import type { Json, KubeObject } from '../../store/kube-object.js';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: number;
}

/** How one kind is shown by `kubectl get`. */
export interface TableDefinition {
  readonly columns: readonly TableColumn[];
  readonly cells: (object: KubeObject) => Json[];
}

type CellSource = (object: KubeObject) => Json;

/** Columns in order: `Name` first, a leading `+` marks one for wide output, a trailing `#` an integer. */
export function defineTable(columns: Readonly<Record<string, CellSource>>): TableDefinition {
  const sources = Object.values(columns);
  return {
    columns: Object.keys(columns).map(column),
    cells: (object) => sources.map((source) => source(object)),
  };
}

function column(label: string): TableColumn {
  const name = label.replace(/^\+/, '').replace(/#$/, '');
  return {
    name,
    type: label.endsWith('#') ? 'integer' : 'string',
    format: name === 'Name' ? 'name' : '',
    description: '',
    priority: label.startsWith('+') ? 1 : 0,
  };
}

export const NONE = '<none>';
export const UNSET = '<unset>';

export const nameCell: CellSource = (object) => object.metadata.name;

/** `k1=v1,k2=v2`, or `<none>`. */
export function labelsText(labels: Json): string {
  const text = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return text.length === 0 ? NONE : text.sort().join(',');
}

export function selectorText(selector: Json): string {
  const terms = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const list = `(${[...(values ?? [])].sort().join(',')})`;
    if (operator === 'In') terms.push(`${key} in ${list}`);
    else if (operator === 'NotIn') terms.push(`${key} notin ${list}`);
    else terms.push(operator === 'Exists' ? key : `!${key}`);
  }
  return terms.length === 0 ? NONE : terms.sort().join(',');
}

export function containerNames(template: Json): string {
  return (template?.spec?.containers ?? []).map((container: Json) => container.name).join(',');
}

export function containerImages(template: Json): string {
  return (template?.spec?.containers ?? []).map((container: Json) => container.image).join(',');
}
