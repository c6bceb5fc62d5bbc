import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type Page, type PageRequest } from '../../kernel/page.js';
import { Field, type ShapeClass } from './field.decorator.js';
import { OutputType, QueryShape } from './shape.decorator.js';

/** Query parameters (REST) and arguments (GraphQL) of every list. Extend it with the list's filters. */
@QueryShape()
export class PageQuery implements PageRequest {
  @Field({
    type: 'int',
    min: 1,
    max: MAX_PAGE_SIZE,
    default: DEFAULT_PAGE_SIZE,
    description: `How many items at most, 1 to ${MAX_PAGE_SIZE}.`,
  })
  first!: number;

  @Field({ nullable: true, maxLength: 1024, description: 'Cursor of the item to go on after: pageInfo.endCursor.' })
  after?: string;
}

@OutputType('PageInfo', 'Where a page ends and whether another one follows.')
export class PageInfoDto {
  @Field({ nullable: true, type: 'string', description: 'Cursor of the last item; null on an empty page.' })
  endCursor!: string | null;

  @Field({ description: 'Whether more items follow.' })
  hasNextPage!: boolean;
}

/** A REST list. */
export interface ListOf<T> {
  items: T[];
  pageInfo: PageInfoDto;
  totalCount?: number;
}

/** A GraphQL connection. */
export interface ConnectionOf<T> {
  nodes: T[];
  edges: { cursor: string; node: T }[];
  pageInfo: PageInfoDto;
  totalCount: number | null;
}

/**
 * Classes of a list of `item`: `export const NodePages = pagesOf('Node', NodeDto)`, then `NodePages.List` for
 * `@ApiOkResponse({ type: NodePages.List })` and `NodePages.Connection` for `@Query(() => NodePages.Connection)`.
 * `counted` adds totalCount to the REST list; `graphqlItem` is what connections hold where that is another class.
 */
export function pagesOf<T extends object>(
  name: string,
  item: new () => T,
  { counted = false, graphqlItem = item }: { counted?: boolean; graphqlItem?: new () => T } = {},
): { List: new () => ListOf<T>; Connection: new () => ConnectionOf<T> } {
  const itemType = () => item as ShapeClass;
  const connected = () => graphqlItem as ShapeClass;

  @OutputType(`${name}Edge`)
  class Edge {
    @Field({ description: 'Cursor of this item.' }) cursor!: string;
    @Field({ type: connected, description: 'The item.' }) node!: T;
  }

  @OutputType(`${name}Connection`)
  class Connection implements ConnectionOf<T> {
    @Field({ type: connected, list: true, description: 'The items of this page.' }) nodes!: T[];
    @Field({ type: () => Edge, list: true, description: 'The items with their cursors.' }) edges!: Edge[];
    @Field({ type: () => PageInfoDto, description: 'Where the page ends.' }) pageInfo!: PageInfoDto;
    @Field({ type: 'int', nullable: true, description: 'Size of the whole list where it is known at no cost.' })
    totalCount!: number | null;
  }

  @OutputType(`${name}List`)
  class List implements ListOf<T> {
    @Field({ type: itemType, list: true, description: 'The items of this page.' }) items!: T[];
    @Field({ type: () => PageInfoDto, description: 'Where the page ends.' }) pageInfo!: PageInfoDto;
  }

  @OutputType(`${name}List`)
  class CountedList extends List {
    @Field({ type: 'int', description: 'Size of the whole list.' }) totalCount!: number;
  }
  return { List: counted ? CountedList : List, Connection };
}

export function toList<D, T>(page: Page<D>, map: (item: D) => T): ListOf<T> {
  const list = { items: page.items.map(map), pageInfo: { endCursor: page.endCursor, hasNextPage: page.hasNextPage } };
  return page.totalCount === undefined ? list : { ...list, totalCount: page.totalCount };
}

export function toConnection<D, T>(page: Page<D>, map: (item: D) => T): ConnectionOf<T> {
  const nodes = page.items.map(map);
  return {
    nodes,
    edges: nodes.map((node, index) => ({ cursor: page.cursors[index] as string, node })),
    pageInfo: { endCursor: page.endCursor, hasNextPage: page.hasNextPage },
    totalCount: page.totalCount ?? null,
  };
}
